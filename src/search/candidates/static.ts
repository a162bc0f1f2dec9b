import type { Gate } from '../../gates/gate.js';
import { weightShares } from '../../quantize/modes/weight-shares.js';
import { staticMode } from '../../quantize/modes/static.js';
import { isGoalMetric } from '../transforms/quantization-goal.js';
import type { Settings } from '../transforms/transform.js';
import { quantized, type CandidateFamily } from './candidate.js';

type Variation = readonly [suffix: string, settings: Settings];

/** Ways to choose ranges and to round, the one that is most often best first. */
const variations: readonly Variation[] = [
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
  propose({ model, target, gates }) {
    const { conv, dense } = weightShares(model);
    if (conv + dense === 0) return [];
    // Where it is unlikely to pay, one try shows whether it does.
    const [first, second, ...rest] = variations;
    const tried = staticMode.suggests(model) ? [first!, second!, ...mixed(gates), ...rest] : [first!];
    return tried.map(([suffix, settings]) =>
      quantized(`static${suffix}`, 'static', { mode: 'static', target: target.name, ...settings }),
    );
  },
};

/** For a gate that integers alone may miss: as many groups in float as it takes. It looks at every group, so it comes late. */
function mixed(gates: readonly Gate[]): Variation[] {
  const gate = gates.find(({ metric, level }) => level === 'error' && isGoalMetric(metric));
  return gate === undefined ? [] : [['-mixed', { calibration: 'auto', gate: gate.expr }]];
}
