import type { Device } from '../device.js';

export const tpuV5e: Device = {
  name: 'tpu-v5e',
  summary: 'Google TPU v5e, one chip',
  peak_tera_per_s: { bfloat16: 197, int8: 393 },
  memory_gb_per_s: 819,
  usd_per_hour: 1.2,
  sources: [
    'https://cloud.google.com/tpu/docs/v5e',
    'https://cloud.google.com/tpu/pricing (us-central1, on demand, 2025)',
  ],
};
