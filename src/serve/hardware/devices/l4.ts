import type { Device } from '../device.js';

export const l4: Device = {
  name: 'l4',
  summary: 'NVIDIA L4, 24 GB, as in AWS g6.xlarge',
  peak_tera_per_s: { float32: 30.3, float16: 121, bfloat16: 121, int8: 242 },
  memory_gb_per_s: 300,
  usd_per_hour: 0.805,
  sources: [
    'https://www.nvidia.com/en-us/data-center/l4/ (its figures are with sparsity: halved here)',
    'FP32 30.3: https://pcpartcomparison.com/gpu/tesla-t4-vs-l4; tensor peaks 3% higher at the highest clock: https://hmc-tech.com/gpu/nvidia-l4-vs-nvidia-t4 (2026)',
    'price without a second source: https://aws.amazon.com/ec2/pricing/on-demand/ (g6.xlarge, us-east-1, 2025)',
  ],
};
