import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { randomOperators } from '../ir/random-operators.js';
import { tooLargeToRun } from '../onnx/large.js';
import { loadModel } from '../onnx/load.js';
import { dtypeOf } from '../passes/match.js';
import type { Pass } from '../passes/pass.js';
import type { Fused } from './apply.js';
import { openForComparison, wrongOutput } from './check-outputs.js';
import type { Comparison } from './difference.js';
import type { FuseRequest } from './request.js';
import type { FuseResult } from './result.js';
import { referencesOf, type References } from './samples.js';

/** A result, and what is known about its outputs. */
export interface Checked {
  readonly fused: Fused;
  readonly verified: FuseResult['verified'];
  readonly references: References | undefined;
}

/** What finding a pass that went wrong takes, and where it is told. */
export interface Attempts {
  /** The same job from the file on, with these passes, up to so many runs that change something. */
  readonly again: (passes: readonly Pass[], stopAfter: number | undefined) => Promise<Fused>;
  readonly undone: { pass: string; why: string }[];
  readonly warnings: string[];
}

/** The result, once its outputs are those of the original: with the passes left out that they differ by. */
export async function soundOf(
  fused: Fused,
  passes: readonly Pass[],
  request: FuseRequest,
  attempts: Attempts,
): Promise<Checked> {
  const tooLarge = tooLargeToRun(fused.model);
  if (tooLarge !== undefined) {
    attempts.warnings.push(`outputs were not compared: ${tooLarge}`);
    return { fused, verified: notChecked(tooLarge), references: undefined };
  }
  const random = randomOperator(fused.model);
  if (random !== undefined) {
    return { fused, verified: notChecked(`${random} draws random numbers`), references: undefined };
  }
  const { references, optimization } = await referencesFor(request);
  if (references.missing !== undefined) {
    attempts.warnings.push(`outputs were not compared: ${references.missing}`);
    return { fused, verified: notChecked(references.missing), references };
  }
  if (request.verify === false) return { fused, verified: notChecked('it was not asked for'), references };
  const test = (candidate: Fused): Promise<string | undefined> =>
    wrongOutput(candidate.model, references.list, comparisonOf(candidate, passes), {
      threads: request.threads ?? 1,
      optimization,
    });
  const sound = await withoutCulprits(fused, passes, request.stopAfter, attempts, test);
  const { effect, holdsHalf } = comparisonOf(sound, passes);
  const outcome = effect === 'exact' && !holdsHalf ? 'equal' : 'within-tolerance';
  const verified = { outcome, samples: references.list.length, dataset: references.dataset } as const;
  return { fused: sound, verified, references };
}

function notChecked(reason: string): FuseResult['verified'] {
  return { outcome: 'not-checked', samples: 0, dataset: 'none', reason };
}

async function referencesFor(
  request: FuseRequest,
): Promise<{ references: References; optimization: 'disabled' | 'all' }> {
  const original = await loadModel(request.model);
  let opened: Awaited<ReturnType<typeof openForComparison>>;
  try {
    opened = await openForComparison(request.model, request.threads ?? 1);
  } catch (error) {
    if (!(error instanceof InferOptError) || error.code !== 'model') throw error;
    const missing = `the runtime does not open the original: ${error.message}`;
    return { references: { dataset: 'none', list: [], missing }, optimization: 'all' };
  }
  const { session, optimization } = opened;
  try {
    const references = await referencesOf(original, session, request.data, request.dataset ?? {});
    return { references, optimization: optimization === 'all' ? 'all' : 'disabled' };
  } finally {
    await session.close();
  }
}

type Test = (candidate: Fused) => Promise<string | undefined>;

/** Finds the first run of a pass after which outputs are wrong, leaves that pass out, and starts again. */
async function withoutCulprits(
  fused: Fused,
  passes: readonly Pass[],
  stopAfter: number | undefined,
  { again, undone, warnings }: Attempts,
  test: Test,
): Promise<Fused> {
  let current = fused;
  let left = passes;
  for (let why = await test(current); why !== undefined; why = await test(current)) {
    const culprit = await findCulprit(left, current.report.steps.length, again, test);
    if (culprit === undefined) {
      throw new InferOptError('internal', `the outputs changed, and no pass is found that did it: ${why}`, {
        hint: 'run it with --no-verify to see the result, and please report it',
      });
    }
    undone.push({ pass: culprit, why });
    warnings.push(
      `pass ${culprit} changes what this model computes (${why}); it was left out. Please report it.`,
    );
    left = left.filter(({ name }) => name !== culprit);
    current = await again(left, stopAfter);
  }
  return current;
}

/** Halves the runs that changed something until one is left. */
async function findCulprit(
  passes: readonly Pass[],
  steps: number,
  again: Attempts['again'],
  test: Test,
): Promise<string | undefined> {
  let [sound, wrong] = [0, steps];
  while (wrong - sound > 1) {
    const middle = Math.floor((sound + wrong) / 2);
    if ((await test(await again(passes, middle))) === undefined) sound = middle;
    else wrong = middle;
  }
  return steps === 0 ? undefined : (await again(passes, wrong)).report.steps.at(-1);
}

/** What the passes that changed something may do to numbers. */
function comparisonOf({ model, report }: Fused, passes: readonly Pass[]): Comparison {
  const effects = report.passes
    .filter(({ changes }) => changes > 0)
    .map(({ name }) => passes.find((pass) => pass.name === name)?.effect);
  const worst = (['lossy', 'reorders-floats'] as const).find((effect) => effects.includes(effect));
  return { effect: worst ?? 'exact', holdsHalf: holdsHalf(model) };
}

function holdsHalf(model: Model): boolean {
  for (const graph of model.graphs()) {
    for (const value of graph.values()) if (dtypeOf(value) === 'float16') return true;
  }
  return false;
}

function randomOperator(model: Model): string | undefined {
  for (const graph of [...model.graphs(), ...model.functions.map((own) => own.graph)]) {
    for (const node of graph.nodes()) {
      if (randomOperators.has(node.opType) || (node.is('Dropout') && node.inputs[2] !== undefined))
        return node.label;
    }
  }
  return undefined;
}
