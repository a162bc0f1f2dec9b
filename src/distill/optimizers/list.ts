import { InferOptError } from '../../errors.js';
import { adam } from './adam.js';
import type { Optimizer } from './optimizer.js';
import { sgd } from './sgd.js';

/** The first is the default. */
export const optimizers: readonly Optimizer[] = [adam, sgd];

/** Throws `usage` for an unknown name. */
export function optimizerNamed(name: string): Optimizer {
  const found = optimizers.find((optimizer) => optimizer.name === name);
  if (found !== undefined) return found;
  throw new InferOptError('usage', `there is no optimizer ${name}`, {
    hint: `choose ${optimizers.map((optimizer) => optimizer.name).join(', ')}`,
  });
}
