import { weightShares } from '../../quantize/modes/weight-shares.js';
import { staticMode } from '../../quantize/modes/static.js';
import type { Settings } from '../transforms/transform.js';
import { quantized, type CandidateFamily } from './candidate.js';

/** Ways to choose ranges and to round, the one that is most often best first. */
const variations: readonly (readonly [suffix: string, settings: Settings])[] = [
  ['', { calibration: 'auto' }],
  ['-minmax', { calibration: 'minmax' }],
  ['-mse', { calibration: 'mse' }],
  ['-nearest', { calibration: 'auto', rounding: 'nearest' }],
  ['-unequalized', { calibration: 'auto', equalize: false }],
  ['-minmax-nearest', { calibration: 'minmax', rounding: 'nearest', equalize: false }],
];

export const staticFamily: CandidateFamily = {
  name: 'static',
  summary: 'INT8 weights and activations, ranges from samples',
  propose({ model, target }) {
    const { conv, dense } = weightShares(model);
    if (conv + dense === 0) return [];
    // Where it is unlikely to pay, one try shows whether it does.
    const tried = staticMode.suggests(model) ? variations : variations.slice(0, 1);
    return tried.map(([suffix, settings]) =>
      quantized(`static${suffix}`, 'static', { mode: 'static', target: target.name, ...settings }),
    );
  },
};
