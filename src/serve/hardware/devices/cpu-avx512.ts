import type { Device } from '../device.js';

export const cpuAvx512: Device = {
  name: 'cpu-avx512',
  summary: '2 cores (4 vCPU) of an Intel Xeon with AVX512-VNNI, as in AWS c6i.xlarge',
  peak_tera_per_s: { float32: 0.448, int8: 1.79 },
  memory_gb_per_s: 40,
  usd_per_hour: 0.17,
  sources: [
    '2 cores x 3.5 GHz x 2 units x 16 lanes x 2 (multiply, add); int8 by VPDPBUSD: four times that',
    'https://www.intel.com/content/www/us/en/developer/articles/technical/intel-deep-learning-boost-new-instruction-bfloat16.html',
    'bandwidth: about 20 GB/s that one core can draw',
    'price without a second source: https://aws.amazon.com/ec2/pricing/on-demand/ (c6i.xlarge, us-east-1, 2025)',
  ],
};
