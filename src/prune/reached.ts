import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import type { Tensor } from '../tensor/tensor.js';
import { budgetNames, type Budget } from './budget.js';
import { macsWith, parametersOf, patternCounts } from './file-facts.js';
import { patternNamed } from './magnitude/pattern.js';
import type { Scheme, SchemeReport } from './schemes/scheme.js';
import { sparsityOf } from './sparsity.js';

/** How far a model was pruned, counted on the written file. */
export interface Reached {
  /** Null where shapes do not tell. */
  readonly macs: { readonly before: number; readonly after: number } | null;
  readonly zeros: { readonly before: number; readonly after: number };
  readonly parameters: { readonly before: number; readonly after: number };
  readonly pattern: { readonly eligible: number; readonly holding: number } | null;
}

/** What was asked for. */
export interface Asked {
  readonly model: string;
  readonly scheme: Scheme;
  readonly ratio: number | undefined;
  readonly budget: Budget | undefined;
}

/** Rounding of a share in a report. */
const slack = 1e-9;

/** Counts both files; `prepared` is the original with its shapes folded, for a model that computes them. */
export async function countReached(
  original: Model,
  written: Model,
  inputs: ReadonlyMap<string, Tensor>,
  prepared: () => Promise<Model>,
  scheme: Scheme,
): Promise<Reached> {
  const before = (await macsWith(original, inputs)) ?? (await macsWith(await prepared(), inputs));
  const after = await macsWith(written, inputs);
  const pattern = patternNamed(scheme.name);
  return {
    macs: before === undefined || after === undefined ? null : { before, after },
    zeros: { before: sparsityOf(original).share, after: sparsityOf(written).share },
    parameters: { before: parametersOf(original), after: parametersOf(written) },
    pattern: pattern === undefined ? null : patternCounts(written, pattern),
  };
}

/** Throws `model` where the pattern does not hold or the ratio is not reached, with how far it could go. */
export function checkReached(asked: Asked, { macs, zeros, pattern }: Reached, report: SchemeReport): void {
  const { ratio = 0, model, scheme } = asked;
  if (pattern !== null && (pattern.eligible === 0 || pattern.holding < pattern.eligible)) {
    const [left] = report.left;
    throw new InferOptError(
      'model',
      `${model}: ${pattern.holding} of ${pattern.eligible} layers that can hold ${scheme.name} do`,
      { hint: left === undefined ? 'please report it' : `${left.node}: ${left.reason}` },
    );
  }
  if (scheme.counts === 'weights' && zeros.after < ratio - slack) throw tooFar(asked, zeros.after, 'zeros');
  if (scheme.counts === 'channels' && ratio > 0) {
    if (macs === null) throw uncounted(asked);
    const share = 1 - macs.after / macs.before;
    if (share < ratio - slack) throw tooFar(asked, share, 'fewer multiply-accumulates');
  }
}

/** The share that is left of what the budget is about. Throws `model` where that is more than was asked for. */
export function checkBudget(
  asked: Asked,
  budget: Budget,
  reached: Reached,
  speedup: number | undefined,
): number {
  const { of, share } = budget;
  const spent = spentOf(asked, budget, reached, speedup);
  // Two measurements of the same thing differ by a few percent.
  const room = of === 'latency' ? 0.05 * share : slack;
  if (spent <= share + room) return spent;
  throw new InferOptError(
    'model',
    `${asked.model} cannot be pruned to ${share}x of ${budgetNames[of]}: ${asked.scheme.name} reaches ${spent.toFixed(4)}x`,
    { hint: `ask for --${of} ${(Math.ceil(1000 * spent) / 1000).toString()}x or more` },
  );
}

function spentOf(
  asked: Asked,
  { of }: Budget,
  { macs, parameters }: Reached,
  speedup: number | undefined,
): number {
  if (of === 'parameters') return parameters.after / parameters.before;
  if (of === 'latency') return 1 / speedup!;
  if (macs !== null) return macs.after / macs.before;
  throw uncounted(asked);
}

function uncounted({ model }: Asked): InferOptError {
  return new InferOptError('model', `the multiply-accumulates of ${model} cannot be counted`, {
    hint: 'its shapes are not known even with inputs of known shape; --scheme magnitude needs none',
  });
}

function tooFar({ model, ratio = 0, scheme }: Asked, reached: number, of: string): InferOptError {
  return new InferOptError(
    'model',
    `${model} cannot be pruned to ${ratio}: ${scheme.name} reaches ${reached.toFixed(4)} (${of})`,
    { hint: `ask for at most --ratio ${(Math.floor(reached * 1000) / 1000).toString()}` },
  );
}
