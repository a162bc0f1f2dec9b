import { staticMode } from '../../quantize/modes/static.js';
import type { Candidate, CandidateFamily } from './candidate.js';

export const prunedFamily: CandidateFamily = {
  name: 'pruned',
  summary: 'channels cut to the ratios that were asked for, then float or static INT8',
  propose: ({ model, target, pruneRatios }) =>
    pruneRatios.flatMap((ratio): Candidate[] => {
      const name = `pruned-${ratio}`;
      const cut = { transform: 'prune', settings: { scheme: 'channel', ratio } };
      const integers = {
        transform: 'quantize',
        settings: { mode: 'static', target: target.name, calibration: 'auto' },
      };
      return [
        { name, family: 'pruned', steps: [cut] },
        ...(staticMode.suggests(model)
          ? [{ name: `${name}-static`, family: 'pruned', steps: [cut, integers] }]
          : []),
      ];
    }),
};
