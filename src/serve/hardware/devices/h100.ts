import type { Device } from '../device.js';

export const h100: Device = {
  name: 'h100',
  summary: 'NVIDIA H100 80 GB SXM, one of the eight of AWS p5.48xlarge',
  peak_tera_per_s: { float32: 67, float16: 989, bfloat16: 989, int8: 1979 },
  memory_gb_per_s: 3350,
  usd_per_hour: 6.88,
  sources: [
    'https://www.nvidia.com/en-us/data-center/h100/ (its figures are with sparsity: halved here)',
    'https://aws.amazon.com/ec2/pricing/on-demand/ (p5.48xlarge / 8, us-east-1, 2025)',
  ],
};
