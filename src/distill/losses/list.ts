import { InferOptError } from '../../errors.js';
import type { Loss } from './loss.js';
import { softTargets } from './soft-targets.js';
import { squaredError } from './squared-error.js';

/** The first one that fits an output is what `auto` takes: classes if it scores some, else numbers. */
export const losses: readonly Loss[] = [softTargets, squaredError];

/** Throws `usage` for an unknown name. */
export function lossNamed(name: string): Loss {
  const found = losses.find((loss) => loss.name === name);
  if (found !== undefined) return found;
  throw new InferOptError('usage', `there is no loss ${name}`, {
    hint: `choose auto, ${losses.map((loss) => loss.name).join(', ')}`,
  });
}
