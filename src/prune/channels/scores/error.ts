import { tracesByError } from '../traces.js';
import type { ChannelScore } from './score.js';

export const error: ChannelScore = {
  name: 'error',
  summary:
    'what the loss of a channel does to the outputs when the others make up for it, by second moments of the samples',
  trace: (context) => tracesByError(context),
};
