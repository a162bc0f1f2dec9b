import { InferOptError } from '../../errors.js';
import type { Candidate, ProposalContext } from './candidate.js';
import { families } from './list.js';

export interface ProposalLimits {
  /** Only these families. */
  readonly only?: readonly string[] | undefined;
  readonly skip?: readonly string[] | undefined;
}

/**
 * All candidates, in the order in which they are tried: the first of each family, then the second of each, so that
 * whatever time there is sees every kind. The order depends on the model and the target alone.
 */
export function propose(context: ProposalContext, limits: ProposalLimits): Candidate[] {
  checkNames([...(limits.only ?? []), ...(limits.skip ?? [])]);
  const lists = families
    .filter(({ name }) => limits.only?.includes(name) !== false && limits.skip?.includes(name) !== true)
    .map((family) => family.propose(context));
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, place) => lists.flatMap((list) => list[place] ?? [])).flat();
}

function checkNames(names: readonly string[]): void {
  const unknown = names.find((name) => families.every((family) => family.name !== name));
  if (unknown === undefined) return;
  throw new InferOptError('usage', `there is no kind of candidate ${JSON.stringify(unknown)}`, {
    hint: `choose from ${families.map(({ name }) => name).join(', ')}`,
  });
}
