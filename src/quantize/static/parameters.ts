import { InferOptError } from '../../errors.js';
import { FloatHistogram } from '../../calibrate/float-histogram.js';
import { fitRange, type Grid, type Range, type RangeMethod } from '../../calibrate/range-method.js';
import type { Value } from '../../ir/value.js';
import { scalarOf } from '../../passes/match.js';
import { affineOf, coveredRange, type Affine } from '../affine.js';
import type { Target } from '../targets/target.js';
import { Classes, ClassLimits } from './classes.js';
import { constantRange, unionOf } from './constant-range.js';
import type { StaticPlan } from './plan.js';

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

/** The same for plans that take a part of these groups: what one group hands on, another may be the first to read. */
export function valuesToObserveForParts(plan: StaticPlan): Value[] {
  return [...plan.values].filter((value) => integerSource(value) === undefined);
}

/** How the ranges of values come about. */
export interface RangeChoice {
  /** Of values that have one of their own. */
  readonly methodOf: (value: Value) => RangeMethod | undefined;
  /** Of all others. */
  readonly usual: RangeMethod;
  /** Ranges that are not to be chosen. */
  readonly given: (value: Value) => Range | undefined;
}

/** Scale and zero point of every value of the plan. */
export function chooseParameters(
  plan: StaticPlan,
  histograms: ReadonlyMap<Value, FloatHistogram>,
  target: Target,
  choice: RangeChoice,
): Map<Value, Affine> {
  const grid: Grid = { steps: 255, symmetric: target.symmetric };
  const classes = new Classes();
  for (const { node, rule, outputs } of plan.groups) {
    if (rule.role === 'layout') for (const output of outputs) classes.join(node.inputs[0]!, output);
  }
  const ranges = new Map<Value, Range>();
  const fixed = new Map<Value, Affine>();
  setGiven(plan, choice, grid, classes, ranges);
  chooseRanges(plan, histograms, choice, grid, classes, ranges, fixed);
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

/** What shares its scale with a value whose range is given has that range as well: the widest of several. */
function setGiven(
  plan: StaticPlan,
  { given }: RangeChoice,
  grid: Grid,
  classes: Classes,
  ranges: Map<Value, Range>,
): void {
  for (const value of plan.values) {
    const range = given(value);
    if (range === undefined) continue;
    const known = ranges.get(classes.find(value)) ?? range;
    ranges.set(classes.find(value), unionOf([known, fitRange(range.low, range.high, grid)]));
  }
}

/** The ranges that integers were given, by the values' names. */
export function rangesOf(parameters: ReadonlyMap<Value, Affine>, target: Target): Map<string, Range> {
  return new Map(
    [...parameters].map(([{ name }, affine]) => {
      const { low, high } = coveredRange(affine);
      // Around zero both ends are as far: the lowest integer is one step farther.
      return [name, target.symmetric ? { low: -high, high } : { low, high }];
    }),
  );
}

/** Ranges by class: from the histograms of its members, its operator, or the integers that it comes from. */
function chooseRanges(
  plan: StaticPlan,
  histograms: ReadonlyMap<Value, FloatHistogram>,
  { methodOf, usual }: RangeChoice,
  grid: Grid,
  classes: Classes,
  ranges: Map<Value, Range>,
  fixed: Map<Value, Affine>,
): void {
  const merged = new Map<Value, FloatHistogram>();
  const methods = new Map<Value, RangeMethod>();
  for (const value of plan.values) {
    const root = classes.find(value);
    const source = integerSource(value);
    if (source !== undefined) fixed.set(root, source);
    const own = methodOf(value);
    if (own !== undefined) methods.set(root, own);
    const histogram = histograms.get(value);
    if (histogram === undefined) continue;
    const existing = merged.get(root);
    if (existing === undefined) merged.set(root, histogram);
    else merged.set(root, together(existing, histogram));
  }
  for (const { rule, outputs } of plan.groups) {
    if (rule.outputRange !== undefined)
      for (const value of outputs.filter((output) => !ranges.has(classes.find(output))))
        ranges.set(classes.find(value), fitRange(rule.outputRange.low, rule.outputRange.high, grid));
  }
  for (const [root, histogram] of merged)
    if (!ranges.has(root)) ranges.set(root, (methods.get(root) ?? usual).choose(histogram, grid));
}

/** Those of the values themselves are read again for other plans. */
function together(a: FloatHistogram, b: FloatHistogram): FloatHistogram {
  const sum = new FloatHistogram();
  sum.merge(a);
  sum.merge(b);
  return sum;
}

/** Concat in graph order: one scale for all where their ranges are alike, else an output that covers all. */
function joinConcats(
  plan: StaticPlan,
  classes: Classes,
  ranges: Map<Value, Range>,
  fixed: ReadonlyMap<Value, Affine>,
): void {
  const limits = new ClassLimits(plan, classes, ranges);
  for (const { node, outputs } of plan.groups) {
    if (!node.is('Concat')) continue;
    const operands = node.inputs.filter((value) => value !== undefined);
    const union = unionOf(operands.map((value) => rangeOf(value, classes, ranges, fixed)));
    const output = outputs[0]!;
    const alike = operands.every(
      (value) =>
        value.constant === undefined &&
        !fixed.has(classes.find(value)) &&
        limits.allow(classes.find(value), union),
    );
    // Readers behind layout operators are in the output's class already; it must not lose them.
    if (alike) {
      for (const value of operands) {
        limits.join(classes.find(output), classes.find(value));
        classes.join(output, value);
      }
    }
    ranges.set(classes.find(output), union);
    limits.set(classes.find(output), union);
  }
}

/** What the operand of a Concat covers: by its class, by the integers that it comes from, or as a constant. */
function rangeOf(
  value: Value,
  classes: Classes,
  ranges: ReadonlyMap<Value, Range>,
  fixed: ReadonlyMap<Value, Affine>,
): Range {
  if (value.constant !== undefined) return constantRange(value.constant);
  const affine = fixed.get(classes.find(value));
  const range = affine === undefined ? ranges.get(classes.find(value)) : coveredRange(affine);
  if (range === undefined) throw new InferOptError('internal', `no range was found for value ${value.name}`);
  return range;
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
