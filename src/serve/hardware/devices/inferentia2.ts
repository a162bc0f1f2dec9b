import type { Device } from '../device.js';

export const inferentia2: Device = {
  name: 'inferentia2',
  summary: 'AWS Inferentia2, one chip, as in inf2.xlarge',
  peak_tera_per_s: { float32: 47.5, float16: 190, bfloat16: 190, int8: 380 },
  memory_gb_per_s: 820,
  usd_per_hour: 0.758,
  sources: [
    'https://awsdocs-neuron.readthedocs-hosted.com/en/latest/general/arch/neuron-hardware/inferentia2.html (read in 2026; its bandwidth is 820 GiB/s, in older editions 820 GB/s)',
    'price without a second source: https://aws.amazon.com/ec2/pricing/on-demand/ (inf2.xlarge, us-east-1, 2025)',
  ],
};
