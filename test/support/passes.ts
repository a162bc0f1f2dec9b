import { expect } from 'vitest';
import type { Model } from '../../src/ir/model.js';
import type { Value } from '../../src/ir/value.js';
import type { Pass, RunContext } from '../../src/passes/pass.js';
import { TypeFacts } from '../../src/passes/types/infer-types.js';
import { runPasses, type PipelineReport } from '../../src/passes/pipeline.js';
import { createEvaluator } from '../../src/runtime/evaluate.js';
import { openSession } from '../../src/runtime/session.js';
import { inferShapes } from '../../src/runtime/shapes.js';
import { isFloat } from '../../src/tensor/dtype.js';
import { normal, seededRandom } from '../../src/tensor/random.js';
import { elementCount, Tensor } from '../../src/tensor/tensor.js';

export type Feeds = ReadonlyMap<string, Tensor>;

/** What passes get from the runtime. */
export function passContext(model: Model, constantBudget = 2 ** 20): RunContext {
  return {
    evaluate: createEvaluator(model),
    inferTypes: (typed) => inferShapes(typed),
    constantBudget,
    facts: new TypeFacts(),
  };
}

/** The same, with no types but those that are declared. */
export function declaredTypesContext(model: Model): RunContext {
  return { evaluate: createEvaluator(model), constantBudget: 2 ** 20, facts: new TypeFacts() };
}

/** Seeded inputs that fit the types; symbolic and unknown dims get length 2. */
export function randomFeeds(model: Model, seed = 1): Map<string, Tensor> {
  const random = seededRandom(seed);
  return new Map(model.graph.requiredInputs.map((input) => [input.name, randomInput(input, random)]));
}

function randomInput(input: Value, random: () => number): Tensor {
  if (input.type?.kind !== 'tensor') throw new Error(`input ${input.name} is no tensor`);
  const { dtype } = input.type;
  const dims = (input.type.dims ?? [2]).map((dim) => (typeof dim === 'number' ? dim : 2));
  const draw = isFloat(dtype) ? (): number => normal(random) : (): number => Math.floor(2 * random());
  return Tensor.fromNumbers(dtype, dims, Array.from({ length: elementCount(dims) }, draw));
}

/** The outputs as the runtime computes them, without any rewriting of its own. */
export async function outputsOf(model: Model, feeds: Feeds): Promise<Map<string, Tensor>> {
  const session = await openSession(model, { optimization: 'disabled' });
  try {
    return await session.run(feeds);
  } finally {
    await session.close();
  }
}

/** The largest difference between two sets of outputs, relative to the largest number of each output (at least 1). */
export function largestDifference(
  before: ReadonlyMap<string, Tensor>,
  after: ReadonlyMap<string, Tensor>,
): number {
  expect([...after.keys()]).toEqual([...before.keys()]);
  let largest = 0;
  for (const [name, tensor] of before) {
    const other = after.get(name)!;
    expect([name, other.dtype, other.dims]).toEqual([name, tensor.dtype, tensor.dims]);
    const a = tensor.toNumbers();
    const b = other.toNumbers();
    let scale = 1;
    for (let i = 0; i < a.length; i++) scale = Math.max(scale, Math.abs(a[i]!));
    for (let i = 0; i < a.length; i++) {
      const difference = Object.is(a[i], b[i]) || a[i] === b[i] ? 0 : Math.abs(a[i]! - b[i]!) / scale;
      // Not a number on one side only is as far apart as can be.
      largest = Math.max(largest, Number.isNaN(difference) ? Infinity : difference);
    }
  }
  return largest;
}

export interface Check {
  readonly feeds?: Feeds;
  /** 0 for passes that are exact. */
  readonly tolerance?: number;
  readonly constantBudget?: number;
}

/**
 * Runs passes on a model and proves that the runtime computes the same before and after, that the model is
 * sound (the pipeline verifies), and that a second run changes nothing.
 */
export async function check(
  model: Model,
  passes: Pass | readonly Pass[],
  options: Check = {},
): Promise<PipelineReport> {
  const list = 'name' in passes ? [passes] : passes;
  const feeds = options.feeds ?? randomFeeds(model);
  const before = await outputsOf(model, feeds);
  const report = await runPasses(model, list, passContext(model, options.constantBudget));
  const after = await outputsOf(model, feeds);
  const tolerance = options.tolerance ?? (list.every((pass) => pass.effect === 'exact') ? 0 : 1e-5);
  expect(largestDifference(before, after)).toBeLessThanOrEqual(tolerance);
  const again = await runPasses(model, list, passContext(model, options.constantBudget));
  expect(again.changes).toBe(0);
  return report;
}
