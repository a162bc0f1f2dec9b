import { InferOptError } from '../../errors.js';
import type { FloatHistogram } from '../../calibrate/float-histogram.js';
import type { Grid, Range, RangeMethod } from '../../calibrate/range-method.js';
import type { Value } from '../../ir/value.js';
import { scalarOf } from '../../passes/match.js';
import { affineOf, type Affine } from '../affine.js';
import type { Target } from '../targets/target.js';
import { dataOf, type StaticPlan } from './plan.js';

/** Inputs of a Concat share one scale as long as it costs none of them more than one bit. */
const sharedConcatRatio = 2;

/** Values that share scale and zero point. */
class Classes {
  readonly #parent = new Map<Value, Value>();

  find(value: Value): Value {
    let root = value;
    for (let parent = this.#parent.get(root); parent !== undefined; parent = this.#parent.get(root))
      root = parent;
    return root;
  }

  join(a: Value, b: Value): void {
    const [rootA, rootB] = [this.find(a), this.find(b)];
    if (rootA !== rootB) this.#parent.set(rootB, rootA);
  }
}

/**
 * The values whose elements must be seen: those that are neither moved along by a layout operator or Concat
 * nor fixed by their operator.
 */
export function valuesToObserve(plan: StaticPlan): Value[] {
  const derived = new Set<Value>();
  for (const { node, rule, outputs } of plan.groups) {
    const known = rule.role === 'layout' || node.is('Concat') || rule.outputRange !== undefined;
    if (known) for (const value of outputs) derived.add(value);
  }
  return [...plan.values].filter((value) => !derived.has(value) && integerSource(value) === undefined);
}

/** Scale and zero point of every value of the plan. */
export function chooseParameters(
  plan: StaticPlan,
  histograms: ReadonlyMap<Value, FloatHistogram>,
  method: RangeMethod,
  target: Target,
): Map<Value, Affine> {
  const grid: Grid = { steps: 255, symmetric: target.symmetric };
  const classes = new Classes();
  for (const { node, rule, outputs } of plan.groups) {
    if (rule.role === 'layout') for (const output of outputs) classes.join(node.inputs[0]!, output);
  }
  const ranges = new Map<Value, Range>();
  const fixed = new Map<Value, Affine>();
  chooseRanges(plan, histograms, method, grid, classes, ranges, fixed);
  joinConcats(plan, classes, ranges, fixed);
  const result = new Map<Value, Affine>();
  const made = new Map<Value, Affine>();
  for (const value of plan.values) {
    const root = classes.find(value);
    const range = ranges.get(root);
    const affine = fixed.get(root) ?? made.get(root) ?? (range && affineOf(range, target.activation));
    if (affine === undefined)
      throw new InferOptError('internal', `no range was found for value ${value.name}`);
    made.set(root, affine);
    result.set(value, affine);
  }
  return result;
}

/** Ranges by class: from the histograms of its members, its operator, or the integers that it comes from. */
function chooseRanges(
  plan: StaticPlan,
  histograms: ReadonlyMap<Value, FloatHistogram>,
  method: RangeMethod,
  grid: Grid,
  classes: Classes,
  ranges: Map<Value, Range>,
  fixed: Map<Value, Affine>,
): void {
  const merged = new Map<Value, FloatHistogram>();
  for (const value of plan.values) {
    const root = classes.find(value);
    const source = integerSource(value);
    if (source !== undefined) fixed.set(root, source);
    const histogram = histograms.get(value);
    if (histogram === undefined) continue;
    const existing = merged.get(root);
    if (existing === undefined) merged.set(root, histogram);
    else existing.merge(histogram);
  }
  for (const { rule, outputs } of plan.groups) {
    if (rule.outputRange !== undefined)
      for (const value of outputs) ranges.set(classes.find(value), rule.outputRange);
  }
  for (const [root, histogram] of merged)
    if (!ranges.has(root)) ranges.set(root, method.choose(histogram, grid));
}

/** Concat in graph order: one scale for all where their ranges are alike, else an output that covers all. */
function joinConcats(
  plan: StaticPlan,
  classes: Classes,
  ranges: Map<Value, Range>,
  fixed: ReadonlyMap<Value, Affine>,
): void {
  for (const group of plan.groups) {
    if (!group.node.is('Concat')) continue;
    const inputs = dataOf(group);
    const known = inputs
      .map((value) => ranges.get(classes.find(value)))
      .filter((range) => range !== undefined);
    const union = {
      low: Math.min(0, ...known.map((range) => range.low)),
      high: Math.max(0, ...known.map((range) => range.high)),
    };
    const width = union.high - union.low;
    const alike =
      known.length === group.node.inputs.length &&
      known.every((range) => (range.high - range.low) * sharedConcatRatio >= width) &&
      inputs.every((value) => !fixed.has(classes.find(value)));
    const output = group.outputs[0]!;
    // Readers behind layout operators are in the output's class already; it must not lose them.
    if (alike) for (const value of inputs) classes.join(output, value);
    ranges.set(classes.find(output), union);
  }
}

/** Parameters of a value that is dequantized from an integer input of the model: it is used as it stands. */
export function integerSource(value: Value): Affine | undefined {
  const node = value.producer;
  if (node?.is('DequantizeLinear') !== true) return undefined;
  const source = node.inputs[0];
  const dtype = source?.type?.kind === 'tensor' ? source.type.dtype : undefined;
  const scale = scalarOf(node.inputs[1]);
  const zeroPoint = node.inputs[2] === undefined ? 0 : scalarOf(node.inputs[2]);
  if (dtype !== 'uint8' && dtype !== 'int8') return undefined;
  return scale === undefined || zeroPoint === undefined ? undefined : { dtype, scale, zeroPoint };
}
