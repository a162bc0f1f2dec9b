import type { Device } from './device.js';
import { cpuAvx512 } from './devices/cpu-avx512.js';
import { t4 } from './devices/t4.js';
import { l4 } from './devices/l4.js';
import { a10 } from './devices/a10.js';
import { a100 } from './devices/a100.js';
import { h100 } from './devices/h100.js';
import { inferentia2 } from './devices/inferentia2.js';
import { tpuV5e } from './devices/tpu-v5e.js';

/** From the smallest to the largest, other makers last. */
export const devices: readonly Device[] = [cpuAvx512, t4, l4, a10, a100, h100, inferentia2, tpuV5e];
