import { modes } from '../../quantize/modes/list.js';
import { quantized, type CandidateFamily } from './candidate.js';

/** They have a family of their own. */
const known = ['static', 'dynamic'];

/** Modes that say of themselves when they pay on a model: weight-only, half precision. */
export const otherModesFamily: CandidateFamily = {
  name: 'modes',
  summary: 'every other mode of quantize that suggests itself for the model',
  propose: ({ model, target }) =>
    modes
      .filter((mode) => !known.includes(mode.name) && mode.suggests(model))
      .map(({ name }) => quantized(name, 'modes', { mode: name, target: target.name })),
};
