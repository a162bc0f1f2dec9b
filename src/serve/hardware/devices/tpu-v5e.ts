import type { Device } from '../device.js';

export const tpuV5e: Device = {
  name: 'tpu-v5e',
  summary: 'Google TPU v5e, one chip',
  peak_tera_per_s: { bfloat16: 197, int8: 393 },
  memory_gb_per_s: 819,
  usd_per_hour: 1.2,
  sources: [
    'https://cloud.google.com/tpu/docs/v5e (197 TFLOPS, 819 GB/s, 100 INT8 PetaOps for 256 chips); INT8 393 at https://yobitel.com/knowledge-base/tpu-v5e (2026)',
    'price without a second source: https://cloud.google.com/tpu/pricing (us-central1, on demand, 2025)',
  ],
};
