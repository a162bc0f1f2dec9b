import type { Device } from '../device.js';

export const a10: Device = {
  name: 'a10',
  summary: 'NVIDIA A10, 24 GB; price of AWS g5.xlarge, whose A10G is a close relative',
  peak_tera_per_s: { float32: 31.2, float16: 125, bfloat16: 125, int8: 250 },
  memory_gb_per_s: 600,
  usd_per_hour: 1.006,
  sources: [
    'https://www.nvidia.com/content/dam/en-zz/Solutions/Data-Center/a10/pdf/datasheet-new/nvidia-a10-datasheet.pdf',
    'the same FP32 peak and bandwidth: https://sysrqmts.com/ru/gpus/compare/nvidia-a10-pcie-vs-nvidia-quadro-rtx-4000 (2026)',
    'https://aws.amazon.com/ec2/pricing/on-demand/ (g5.xlarge, us-east-1), the same in June 2026: https://www.factualminds.com/blog/amazon-ec2-on-demand-pricing-instance-families-2026/',
  ],
};
