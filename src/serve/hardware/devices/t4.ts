import type { Device } from '../device.js';

export const t4: Device = {
  name: 't4',
  summary: 'NVIDIA T4, 16 GB, as in AWS g4dn.xlarge',
  peak_tera_per_s: { float32: 8.1, float16: 65, int8: 130 },
  memory_gb_per_s: 320,
  usd_per_hour: 0.526,
  sources: [
    'https://www.nvidia.com/content/dam/en-zz/Solutions/Data-Center/tesla-t4/t4-tensor-core-datasheet-951643.pdf',
    'the same peaks and bandwidth: https://sysrqmts.com/en/gpus/nvidia/tesla/t4, https://hmc-tech.com/gpu/nvidia-l4-vs-nvidia-t4 (2026)',
    'price without a second source: https://aws.amazon.com/ec2/pricing/on-demand/ (g4dn.xlarge, us-east-1, 2025)',
  ],
};
