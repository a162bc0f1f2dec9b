import type { Device } from '../device.js';

export const a100: Device = {
  name: 'a100',
  summary: 'NVIDIA A100 40 GB SXM, one of the eight of AWS p4d.24xlarge',
  peak_tera_per_s: { float32: 19.5, float16: 312, bfloat16: 312, int8: 624 },
  memory_gb_per_s: 1555,
  usd_per_hour: 2.74,
  sources: [
    'https://www.nvidia.com/content/dam/en-zz/Solutions/Data-Center/a100/pdf/nvidia-a100-datasheet-us-nvidia-1758950-r4-web.pdf',
    'the same peaks and bandwidth: https://glennklockwood.com/garden/processors/A100 (2026)',
    'price disputed (others in 2026 still tell 4.10, that before the cut of 2025): https://aws.amazon.com/ec2/pricing/on-demand/ (p4d.24xlarge / 8, us-east-1, 2025)',
  ],
};
