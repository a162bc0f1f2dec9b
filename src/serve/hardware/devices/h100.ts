import type { Device } from '../device.js';

export const h100: Device = {
  name: 'h100',
  summary: 'NVIDIA H100 80 GB SXM, one of the eight of AWS p5.48xlarge',
  peak_tera_per_s: { float32: 67, float16: 989, bfloat16: 989, int8: 1979 },
  memory_gb_per_s: 3350,
  usd_per_hour: 6.88,
  sources: [
    'https://www.nvidia.com/en-us/data-center/h100/ (its figures are with sparsity: halved here)',
    'the same peaks and bandwidth: https://glennklockwood.com/garden/processors/h100 (2026)',
    'price disputed (6.88 at https://www.codesota.com/hardware/h100 in April 2026; others still tell 12.29, that before the cut of 2025): https://aws.amazon.com/ec2/pricing/on-demand/ (p5.48xlarge / 8, us-east-1, 2025)',
  ],
};
