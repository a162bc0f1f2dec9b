import { weightShares } from '../../quantize/modes/weight-shares.js';
import { quantized, type CandidateFamily } from './candidate.js';

export const dynamicFamily: CandidateFamily = {
  name: 'dynamic',
  summary: 'INT8 weights of dense layers, activations rounded at every run',
  propose: ({ model, target }) =>
    weightShares(model).dense > 0
      ? [quantized('dynamic', 'dynamic', { mode: 'dynamic', target: target.name })]
      : [],
};
