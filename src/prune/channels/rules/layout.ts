import { constantOf, integersOf } from '../../../passes/match.js';
import type { Node } from '../../../ir/node.js';
import type { Value } from '../../../ir/value.js';
import { Tensor } from '../../../tensor/tensor.js';
import { dimsOf, rankOf, type Axes } from '../axes.js';
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
    if (node.is('Reshape')) adaptShape(node, kept);
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

/** One long axis against several: the long one goes with one of them, and the others stay whole. */
function linkBlock(node: Node, axes: Axes, from: Side, to: Side): void {
  const long = (side: Side): number[] =>
    side.axes.filter((axis) => {
      const length = dimsOf(side.value)![axis];
      return length !== 1;
    });
  const [a, b] = [long(from), long(to)];
  if (a.length === 1 && b.length === 1) {
    axes.same(axes.of(from.value, a[0]!), axes.of(to.value, b[0]!));
    return;
  }
  if (a.length !== 1 && b.length !== 1) {
    for (const axis of a) axes.freeze(axes.of(from.value, axis), `${node.label} mixes axes`);
    for (const axis of b) axes.freeze(axes.of(to.value, axis), `${node.label} mixes axes`);
    return;
  }
  const [one, many, values] =
    a.length === 1 ? [axes.of(from.value, a[0]!), b, to.value] : [axes.of(to.value, b[0]!), a, from.value];
  // Taken apart into three, as queries, keys and values of all heads are: the middle one are the heads.
  const chosen = a.length === 1 && many.length === 3 ? 1 : 0;
  const parts = many.map((axis) => axes.of(values, axis)!);
  const inner = parts.slice(chosen + 1).reduce((product, part) => product * part.length, 1);
  const head = parts[chosen]!;
  for (let i = 0; i < one!.length; i++) axes.link(one!, i, head, Math.floor(i / inner) % head.length);
  parts.forEach((part, index) => {
    if (index !== chosen) axes.freeze(part, `${node.label} takes it as the inside of another axis`);
  });
}

/** Lengths that the shape names are brought in line; 0 and -1 follow by themselves. */
function adaptShape(node: Node, kept: Kept): void {
  const [, shape] = node.inputs;
  const [y] = node.outputs;
  const rank = rankOf(y);
  const lengths = Array.from({ length: rank }, (_, axis) => kept(y!, axis)?.length);
  if (lengths.every((length) => length === undefined)) return;
  const whole = integersOf(shape);
  if (whole !== undefined && shape !== undefined) {
    const changed = whole.map((entry, axis) => (entry > 0 ? (lengths[axis] ?? entry) : entry));
    node.setInput(1, node.graph.addConstant(shape.name, Tensor.int64([rank], changed)));
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
  node.setInput(1, own.outputs[0]);
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
