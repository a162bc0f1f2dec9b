import type { RangeMethod } from '../range-method.js';
import { auto } from './auto.js';
import { entropy } from './entropy.js';
import { minmax } from './minmax.js';
import { mse } from './mse.js';
import { percentile } from './percentile.js';

/** The methods of `--calibration`; the first one is the default. */
export const rangeMethods: readonly RangeMethod[] = [auto, minmax, percentile, entropy, mse];
