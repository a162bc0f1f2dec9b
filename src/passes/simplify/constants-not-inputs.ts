import type { Pass } from '../pass.js';

/**
 * Files of IR version 3 must list every initializer as a graph input too, so that a caller could replace a
 * weight. Nobody does; but as long as it is possible, nothing may be folded into these weights.
 */
export const constantsNotInputs: Pass = {
  name: 'constants-not-inputs',
  summary: 'Takes weights off the list of inputs, where old files repeat them',
  effect: 'exact',
  run(model) {
    let changes = 0;
    for (const value of [...model.graph.inputs]) {
      if (value.constant === undefined) continue;
      model.graph.removeInput(value);
      changes += 1;
    }
    // The first IR version in which a constant need not be an input.
    if (changes > 0) model.irVersion = Math.max(model.irVersion, 4);
    return { changes, skipped: [] };
  },
};
