import { InferOptError } from '../../../errors.js';
import { activation } from './activation.js';
import { batchNorm } from './batch-norm.js';
import { error } from './error.js';
import { l1 } from './l1.js';
import { l2 } from './l2.js';
import type { ChannelScore } from './score.js';

/** What takes the most into account first. */
export const channelScores: readonly ChannelScore[] = [error, activation, batchNorm, l2, l1];

/** The score of that name; without a name by samples where they are used anyway, else by weights. Throws `usage` for an unknown one. */
export function channelScoreNamed(name: string | undefined, repair: boolean): ChannelScore {
  if (name === undefined) return repair ? error : l2;
  const found = channelScores.find((score) => score.name === name);
  if (found !== undefined) return found;
  throw new InferOptError('usage', `there is no score ${JSON.stringify(name)}`, {
    hint: `choose one of ${channelScores.map((score) => score.name).join(', ')}`,
  });
}
