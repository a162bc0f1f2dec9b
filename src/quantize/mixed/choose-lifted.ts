import type { SampleSet } from '../../data/types.js';
import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import type { CollectOptions } from '../../calibrate/collect.js';
import { silentProgress } from '../../progress.js';
import { inferShapes } from '../../runtime/shapes.js';
import { withoutSoftmax } from './without-softmax.js';
import { countMacs } from '../../runtime/macs.js';
import { copyTypedModel } from '../half/copy-typed.js';
import { placesOf, type StaticCalibration } from '../static/calibration.js';
import { RoundedWeights } from '../static/emit-calibrated.js';
import type { StaticPlan } from '../static/plan.js';
import { quantizedCopy, type CopyOptions } from '../static/quantized-copy.js';
import { isBetter, meets, type MixedGoal } from './goal.js';
import type { MixedReport, MixedStep } from './report.js';
import { Scorer, valueOf } from './score.js';

export interface MixedOptions extends CopyOptions, CollectOptions {
  readonly samples: SampleSet;
}

export interface Lifted {
  /** Places of the nodes that stay float. */
  readonly lifted: ReadonlySet<number>;
  readonly report: MixedReport;
}

interface Group {
  readonly place: number;
  readonly node: Node;
  readonly sqnr: number;
  readonly value: number | null;
  readonly macs: number | undefined;
}

/**
 * Finds the groups that must stay float for a goal to be met. Each group is quantized alone and the outputs compared;
 * then the worst are lifted, first as many as the sum of the single errors suggests, and from there more or fewer, until
 * one fewer would not do. Where the goal cannot be met, what comes nearest is kept.
 */
export async function chooseLifted(
  model: Model,
  plan: StaticPlan,
  calibration: StaticCalibration,
  options: MixedOptions,
  goal: MixedGoal,
): Promise<Lifted> {
  const rounded = new RoundedWeights();
  const without = (isFloat: (place: number) => boolean): Model =>
    quantizedCopy(model, calibration, options, rounded, isFloat);
  const scorer = await Scorer.open(model, options.samples, options.threads ?? 1, goal.isRight);
  const all = await scorer.score(
    without(() => false),
    true,
  );
  const start = valueOf(goal, all);
  const groups = meets(goal, start) ? [] : await rank(model, plan, calibration, options, goal, rounded);
  const macs = groups.map((group) => group.macs);
  const total = sum(macs);
  const steps = new Map<number, MixedStep>();
  const record = (lifted: number, value: number): MixedStep => {
    const rest = sum(macs.slice(lifted));
    const share = lifted === 0 ? 1 : total === undefined || rest === undefined ? null : rest / total;
    const step = { lifted, value, met: meets(goal, value), integer_share_of_macs: share };
    steps.set(lifted, step);
    return step;
  };
  record(0, start);
  const measure = async (count: number): Promise<MixedStep> => {
    const known = steps.get(count);
    if (known !== undefined) return known;
    options.signal?.throwIfAborted();
    const float = new Set(groups.slice(0, count).map(({ place }) => place));
    return record(
      count,
      valueOf(
        goal,
        await scorer.score(
          without((place) => float.has(place)),
          true,
        ),
      ),
    );
  };
  if (groups.length > 1) await search(groups, all.sqnr, goal, measure);
  const best = bestOf([...steps.values()], goal);
  const lifted = groups.slice(0, best.lifted);
  return {
    lifted: new Set(lifted.map(({ place }) => place)),
    report: {
      goal: goal.expr,
      met: best.met,
      value: best.value,
      groups: groups.map(({ node, sqnr, value, macs: own }, index) => ({
        node: node.label,
        op: node.opType,
        sqnr_db: Number.isFinite(sqnr) ? sqnr : null,
        value,
        share_of_macs: own === undefined || total === undefined ? null : own / total,
        lifted: index < best.lifted,
      })),
      steps: [...steps.values()].sort((a, b) => a.lifted - b.lifted),
    },
  };
}

/** Every compute group with what it alone costs, worst first. */
async function rank(
  model: Model,
  plan: StaticPlan,
  calibration: StaticCalibration,
  options: MixedOptions,
  goal: MixedGoal,
  rounded: RoundedWeights,
): Promise<Group[]> {
  const places = placesOf(model.graph);
  const macs = await macsByPlace(model, options.samples);
  const judged = goal.by === 'metric';
  const compared = judged ? model : withoutSoftmax(model);
  const scorer = await Scorer.open(
    compared,
    options.samples,
    options.threads ?? 1,
    judged ? goal.isRight : undefined,
  );
  const compute = plan.groups.filter(({ rule }) => rule.role === 'compute').map(({ node }) => node);
  const computePlaces = new Set(compute.map((node) => places.get(node)!));
  const step = (options.progress ?? silentProgress).start('Quantizing one group at a time', compute.length);
  const groups: Group[] = [];
  try {
    for (const node of compute) {
      options.signal?.throwIfAborted();
      const place = places.get(node)!;
      const alone = quantizedCopy(
        compared,
        calibration,
        options,
        rounded,
        (other) => other !== place && computePlaces.has(other),
      );
      const score = await scorer.score(alone, judged);
      const value = judged ? valueOf(goal, score) : null;
      groups.push({ place, node, sqnr: score.sqnr, value, macs: macs.get(place) });
      step.advance();
    }
  } finally {
    step.done();
  }
  return groups.sort((a, b) => {
    if (a.value !== null && b.value !== null && a.value !== b.value)
      return isBetter(goal, a.value, b.value) ? 1 : -1;
    return a.sqnr - b.sqnr;
  });
}

/** For the shapes of a sample, as symbolic ones have no number. */
async function macsByPlace(model: Model, samples: SampleSet): Promise<ReadonlyMap<number, number>> {
  const copy = copyTypedModel(model);
  const { inputs } = await samples.get(0);
  await inferShapes(copy, {
    inputDims: new Map([...inputs].map(([name, { dims }]) => [name, dims])),
  });
  const { perNode } = countMacs(copy);
  const places = placesOf(copy.graph);
  return new Map(
    [...perNode].flatMap(([node, count]) => {
      const place = places.get(node);
      return place === undefined ? [] : [[place, count] as const];
    }),
  );
}

/** Measures mixtures until one meets the goal and the next smaller one does not; the largest leaves one group integer. */
async function search(
  groups: readonly Group[],
  whole: number,
  goal: MixedGoal,
  measure: (count: number) => Promise<MixedStep>,
): Promise<void> {
  const most = groups.length - 1;
  let unmet = 0;
  let met: number | undefined;
  for (let count = guess(groups, whole, goal); met === undefined; count = Math.min(most, 2 * count)) {
    const step = await measure(count);
    if (step.met) met = count;
    else if (count === most) return;
    else unmet = count;
  }
  while (met - unmet > 1) {
    const middle = Math.floor((met + unmet) / 2);
    if ((await measure(middle)).met) met = middle;
    else unmet = middle;
  }
}

/** Errors of single groups add up, nearly: how many of the worst to take away for an SQNR. */
function guess(groups: readonly Group[], whole: number, goal: MixedGoal): number {
  if (goal.metric !== 'sqnr_db') return 1;
  const noises = groups.map(({ sqnr }) => 10 ** (-sqnr / 10));
  const allowed = 10 ** ((whole - goal.limit) / 10) * noises.reduce((a, b) => a + b, 0);
  let left = noises.reduce((a, b) => a + b, 0);
  for (let count = 1; count < groups.length; count++) {
    left -= noises[count - 1]!;
    if (left <= allowed) return count;
  }
  return groups.length - 1;
}

/** The fewest lifted of those that meet the goal, else what comes nearest to it. */
function bestOf(steps: readonly MixedStep[], goal: MixedGoal): MixedStep {
  const met = steps.filter((step) => step.met).sort((a, b) => a.lifted - b.lifted)[0];
  return met ?? steps.reduce((best, step) => (isBetter(goal, step.value, best.value) ? step : best));
}

function sum(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce<number | undefined>(
    (total, value) => (total === undefined || value === undefined ? undefined : total + value),
    0,
  );
}
