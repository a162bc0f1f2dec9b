import { constantOf, integersOf } from '../../../passes/match.js';
import type { Node } from '../../../ir/node.js';
import type { Value } from '../../../ir/value.js';
import { Tensor } from '../../../tensor/tensor.js';
import { dimsOf, rankOf, type Axes, type Axis } from '../axes.js';
import type { Kept, Rule } from './rule.js';

export const transpose: Rule = {
  operators: ['Transpose'],
  link(node, axes) {
    const [x] = node.inputs;
    const rank = rankOf(x);
    const order = node.ints('perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
    order.forEach((from, to) => axes.same(axes.of(x, from), axes.of(node.outputs[0], to)));
  },
};

/** Squeeze, Unsqueeze, Flatten, Reshape: axes that lie together in memory become others of the same product. */
export const reshape: Rule = {
  operators: ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'],
  link(node, axes) {
    const [x] = node.inputs;
    const [y] = node.outputs;
    const [from, to] = [x, y].map((value) => (value === undefined ? undefined : dimsOf(value)));
    const blocks = from === undefined || to === undefined ? undefined : matchBlocks(from, to);
    if (blocks === undefined) {
      axes.freezeValue(x, `${node.label} changes its shape in an unknown way`);
      axes.freezeValue(y, `${node.label} changes its shape in an unknown way`);
      return;
    }
    for (const [a, b] of blocks) linkBlock(node, axes, { value: x!, axes: a }, { value: y!, axes: b });
  },
  adapt(node, kept) {
    if (node.is('Reshape')) adaptShape(node, 1, kept);
  },
};

/** Axes of both sides that hold the same elements: the shortest runs of equal product. */
function matchBlocks(
  from: readonly (number | string | undefined)[],
  to: readonly (number | string | undefined)[],
): [number[], number[]][] | undefined {
  const blocks: [number[], number[]][] = [];
  let [i, j] = [0, 0];
  while (i < from.length || j < to.length) {
    const [a, b]: [number[], number[]] = [[], []];
    if (i < from.length && j < to.length && typeof from[i] !== 'number' && from[i] === to[j]) {
      i += 1;
      j += 1;
      continue;
    }
    let [p, q] = [1, 1];
    const take = (side: 'from' | 'to'): boolean => {
      const length = side === 'from' ? from[i] : to[j];
      if (typeof length !== 'number') return false;
      if (side === 'from') {
        a.push(i++);
        p *= length;
      } else {
        b.push(j++);
        q *= length;
      }
      return true;
    };
    if (i < from.length ? !take('from') : !take('to')) return undefined;
    if (b.length === 0 && j < to.length && !take('to')) return undefined;
    while (p !== q) {
      if (p < q ? i >= from.length || !take('from') : j >= to.length || !take('to')) return undefined;
    }
    blocks.push([a, b]);
  }
  return blocks;
}

interface Side {
  readonly value: Value;
  readonly axes: readonly number[];
}

/** A part of an axis: an axis that is split or joined holds several, the outermost first. */
interface Factor {
  readonly length: number;
  /** The axis of either side that it is part of. */
  readonly from: number;
  readonly to: number;
}

/**
 * Axes that are split and joined are the same factors, bundled in two ways. One factor's places may go; the
 * axes without that factor stay whole.
 */
function linkBlock(node: Node, axes: Axes, from: Side, to: Side): void {
  const long = (side: Side): number[] => side.axes.filter((axis) => dimsOf(side.value)![axis] !== 1);
  const [a, b] = [long(from), long(to)];
  if (a.length === 1 && b.length === 1) {
    axes.same(axes.of(from.value, a[0]!), axes.of(to.value, b[0]!));
    return;
  }
  const factors = factorsOf(
    a.map((axis) => axes.of(from.value, axis)!.length),
    b.map((axis) => axes.of(to.value, axis)!.length),
  );
  const chosen =
    factors === undefined
      ? undefined
      : chooseFactor(factors, a.length, b.length, (factor) => {
          const [value, number] = b.length === 1 ? [from.value, a[factor.from]!] : [to.value, b[factor.to]!];
          const axis = axes.of(value, number)!;
          return axes.reason(axes.classOf(axis, 0)) === undefined;
        });
  const linked: { axis: Axis; inner: number }[] = [];
  for (const [side, own, value] of [
    ['from', a, from.value],
    ['to', b, to.value],
  ] as const) {
    own.forEach((number, index) => {
      const axis = axes.of(value, number)!;
      const parts =
        factors?.map((factor, at) => ({ ...factor, at })).filter((factor) => factor[side] === index) ?? [];
      if (chosen === undefined || !parts.some(({ at }) => at === chosen)) {
        axes.freeze(axis, `${node.label} bundles it with other axes`);
        return;
      }
      const inner = parts
        .filter(({ at }) => at > chosen)
        .reduce((product, { length }) => product * length, 1);
      linked.push({ axis, inner });
    });
  }
  const [first] = linked;
  if (first === undefined || chosen === undefined) return;
  const { length } = factors![chosen]!;
  for (const { axis, inner } of linked) {
    for (let i = 0; i < axis.length; i++) {
      axes.link(axis, i, first.axis, (Math.floor(i / inner) % length) * first.inner);
    }
  }
}

/** The finest bundles that both sides are made of; undefined where there are none. */
function factorsOf(from: readonly number[], to: readonly number[]): Factor[] | undefined {
  const factors: Factor[] = [];
  let [i, j] = [0, 0];
  let [restFrom, restTo] = [from[0] ?? 1, to[0] ?? 1];
  // From the outermost inwards: the shorter of two rests is a factor of the longer.
  while (i < from.length && j < to.length) {
    const length = Math.min(restFrom, restTo);
    if (restFrom % length !== 0 || restTo % length !== 0) return undefined;
    factors.push({ length, from: i, to: j });
    restFrom /= length;
    restTo /= length;
    if (restFrom === 1) restFrom = from[++i] ?? 1;
    if (restTo === 1) restTo = to[++j] ?? 1;
  }
  return factors;
}

/**
 * Heads and channels: of an axis that is split in three (queries, keys and values of all heads) the middle, of
 * one that is split or joined otherwise the outermost that is free, and between two bundles what both of them share.
 */
function chooseFactor(
  factors: readonly Factor[],
  from: number,
  to: number,
  free: (factor: Factor) => boolean,
): number | undefined {
  if (from === 1 && factors.length === 3) return 1;
  if (from === 1 || to === 1) return Math.max(0, factors.findIndex(free));
  const shared = factors.findIndex(
    (factor) =>
      factors.filter((other) => other.from === factor.from).length > 1 &&
      factors.filter((other) => other.to === factor.to).length > 1,
  );
  return shared < 0 ? undefined : shared;
}

/** A value made of one number: it can be made in any shape. */
export const filled: Rule = {
  operators: ['ConstantOfShape'],
  link(node, axes) {
    const [shape] = node.inputs;
    const told = shape?.producer?.is('Concat') === true || integersOf(shape) !== undefined;
    if (!told) axes.freezeValue(node.outputs[0], `${node.label} makes it in a computed shape`);
  },
  adapt(node, kept) {
    adaptShape(node, 0, kept);
  },
};

/** Lengths that the shape names are brought in line; 0 and -1 follow by themselves. */
function adaptShape(node: Node, at: number, kept: Kept): void {
  const shape = node.inputs[at];
  const [y] = node.outputs;
  const rank = rankOf(y);
  const lengths = Array.from({ length: rank }, (_, axis) => kept(y!, axis)?.length);
  if (lengths.every((length) => length === undefined)) return;
  const whole = integersOf(shape);
  if (whole !== undefined && shape !== undefined) {
    const changed = whole.map((entry, axis) => (entry > 0 ? (lengths[axis] ?? entry) : entry));
    node.setInput(at, node.graph.addConstant(shape.name, Tensor.int64([rank], changed)));
    return;
  }
  const join = shape?.producer;
  if (join?.is('Concat') !== true || join.inputs.length !== rank) return;
  // A shape of its own, since others may read the old one.
  const pieces = join.inputs.map((piece, axis) => {
    const entry = integersOf(piece);
    const length = lengths[axis];
    return entry?.length === 1 && entry[0]! > 0 && length !== undefined
      ? node.graph.addConstant(piece!.name, Tensor.int64([1], [length]))
      : piece;
  });
  const own = node.graph.addNode('Concat', pieces, {
    name: node.graph.names.fresh(join.name === '' ? 'shape' : join.name),
    attributes: join.attributes,
    outputName: shape!.name,
    before: node,
  });
  node.setInput(at, own.outputs[0]);
}

/** Axes along which nothing is moved or picked pass. */
export const passing: Rule = {
  operators: ['Pad', 'Slice', 'Gather'],
  link(node, axes) {
    if (node.is('Gather')) linkGather(node, axes);
    else linkWindow(node, axes);
  },
};

function linkGather(node: Node, axes: Axes): void {
  const [data, indices] = node.inputs;
  const [y] = node.outputs;
  const rank = rankOf(data);
  const given = node.int('axis', 0);
  const taken = given < 0 ? given + rank : given;
  axes.freeze(axes.of(data, taken), `${node.label} picks places of it`);
  axes.freezeValue(indices, `${node.label} picks by it`);
  const inserted = rankOf(indices);
  for (let axis = 0; axis < rank; axis++) {
    if (axis !== taken) axes.same(axes.of(data, axis), axes.of(y, axis < taken ? axis : axis + inserted - 1));
  }
  for (let axis = taken; axis < taken + inserted; axis++)
    axes.freeze(axes.of(y, axis), `${node.label} picks places of it`);
}

/** Axes that keep their length pass whole, as long as nothing could have moved along them. */
function linkWindow(node: Node, axes: Axes): void {
  const [x, ...settings] = node.inputs;
  const [y] = node.outputs;
  const touched = touchedAxes(node, rankOf(x));
  for (let axis = 0; axis < rankOf(x); axis++) {
    const [from, to] = [axes.of(x, axis), axes.of(y, axis)];
    if (touched !== undefined && !touched.has(axis)) axes.same(from, to);
    else {
      axes.freeze(from, `${node.label} (${node.opType}) changes places along it`);
      axes.freeze(to, `${node.label} (${node.opType}) changes places along it`);
    }
  }
  for (const value of settings) axes.freezeValue(value, 'a setting');
}

function touchedAxes(node: Node, rank: number): Set<number> | undefined {
  const positive = (axis: number): number => (axis < 0 ? axis + rank : axis);
  if (node.is('Slice')) {
    const listed = node.ints('axes') ?? integersOf(node.inputs[3]);
    if (listed !== undefined) return new Set(listed.map(positive));
    const starts = node.ints('starts') ?? integersOf(node.inputs[1]);
    return starts === undefined ? undefined : new Set(starts.map((_, axis) => axis));
  }
  if (node.inputs[3] !== undefined && constantOf(node.inputs[3]) === undefined) return undefined;
  const pads = node.ints('pads') ?? integersOf(node.inputs[1]);
  if (pads === undefined) return undefined;
  const over = integersOf(node.inputs[3])?.map(positive) ?? Array.from({ length: rank }, (_, axis) => axis);
  return new Set(over.filter((_, i) => pads[i] !== 0 || pads[i + over.length] !== 0));
}
