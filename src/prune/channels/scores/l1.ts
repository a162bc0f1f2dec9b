import { weightShares } from '../weight-shares.js';
import { tracesByShares } from './by-shares.js';
import type { ChannelScore } from './score.js';

export const l1: ChannelScore = {
  name: 'l1',
  summary:
    'the sum of absolute weights that goes with a channel, as a share of the matrices that it stands in',
  trace: ({ groups }) => Promise.resolve(tracesByShares(groups, (group) => weightShares(group, Math.abs))),
};
