import { InferOptError } from '../../errors.js';
import type { Model } from '../../ir/model.js';
import type { Value } from '../../ir/value.js';
import { countMacs } from '../../runtime/macs.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Budget } from '../budget.js';
import { parametersOf } from '../file-facts.js';
import { settleDims } from '../known-dims.js';
import { copyModel } from '../repair/part.js';
import { allocate, type GroupTrace } from './allocate.js';
import { cutUnits } from './cut.js';
import { groupChannels, type ChannelGroup, type Unit } from './groups.js';
import { searchLatency, type Attempt } from './latency-search.js';
import { Parameters } from './parameters.js';
import type { Counter } from './remaining.js';
import { Work } from './work.js';

export interface Choice {
  readonly model: Model;
  /** Every group of the model, in the order that `groupChannels` gives them. */
  readonly groups: readonly ChannelGroup[];
  /** Tells the dims of before. */
  readonly known: (value: Value) => readonly number[] | undefined;
  readonly budget: Budget;
  /** The latency of a model, as a share of the original's. */
  readonly latencyOf: (model: Model) => Promise<number>;
  /** One sample's, to know all dims of a model that was cut. */
  readonly inputs: ReadonlyMap<string, Tensor>;
}

/** Counts what the budget is about; latency follows the work. */
export function counterFor({ model, groups, known, budget }: Omit<Choice, 'latencyOf' | 'inputs'>): Counter {
  return budget.of === 'parameters' ? new Parameters(model) : new Work(model, groups, known);
}

/** The units that go so that no more is left than the budget, as far as that can be reached. */
export async function chooseUnits(choice: Choice, traces: readonly GroupTrace[]): Promise<Unit[]> {
  const { budget } = choice;
  if (budget.of !== 'latency') return unitsFor(choice, traces, budget.share);
  // Some room for the noise of the measurement at the end.
  const target = 0.97 * budget.share;
  const attempts = new Map<Attempt, number>();
  const { found, tried } = await searchLatency(target, async (share) => {
    const attempt = await tryCut(choice, traces, share);
    attempts.set(attempt, share);
    return attempt;
  });
  if (found !== undefined) return unitsFor(choice, traces, attempts.get(found)!);
  const least = Math.min(...tried.map(({ latency }) => latency));
  throw new InferOptError(
    'model',
    `the latency cannot be brought to ${budget.share}x: ${least.toFixed(2)}x is the least that was measured`,
    { hint: `ask for --latency ${(Math.ceil(100 * least + 5) / 100).toFixed(2)}x or more` },
  );
}

/** Units so that this share of the work, or of the parameters, is left. */
function unitsFor(choice: Choice, traces: readonly GroupTrace[], share: number): Unit[] {
  const { model, known, budget } = choice;
  const counter = counterFor(choice);
  const total = budget.of === 'parameters' ? parametersOf(model) : countMacs(model, known).total;
  // What no channel can take away, and what has no known shape.
  const fixed = total - counter.total();
  return allocate(traces, counter, share * total - fixed);
}

/** Cuts a copy to a share of the work, and measures it: weights do not matter to time, so nothing is repaired. */
async function tryCut(choice: Choice, traces: readonly GroupTrace[], share: number): Promise<Attempt> {
  const model = copyModel(choice.model);
  const known = await settleDims(model, choice.inputs);
  const { groups } = groupChannels(model);
  const before = countMacs(model, known).total;
  const own = { ...choice, model, groups, known };
  cutUnits(model, unitsFor(own, movedTo(groups, choice.groups, traces), share));
  const latency = await choice.latencyOf(model);
  const after = countMacs(model, await settleDims(model, choice.inputs)).total;
  return { macs: after / before, latency };
}

/** The same traces over the groups of a copy, which are found in the same order. */
function movedTo(
  groups: readonly ChannelGroup[],
  original: readonly ChannelGroup[],
  traces: readonly GroupTrace[],
): GroupTrace[] {
  return traces.map((trace) => {
    const group = groups[original.indexOf(trace.group)]!;
    const places = new Map(trace.group.units.map((unit, index) => [unit, index]));
    return { ...trace, group, order: trace.order.map((unit) => group.units[places.get(unit)!]!) };
  });
}
