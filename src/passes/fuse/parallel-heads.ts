import { attribute } from '../../ir/attribute.js';
import type { Node } from '../../ir/node.js';
import type { Dim } from '../../ir/types.js';
import type { Value } from '../../ir/value.js';
import { Tensor } from '../../tensor/tensor.js';
import type { Edit } from '../edit.js';
import { fusion, miss, Miss, type FusionContext } from '../fusion.js';
import { producerOf, soleProducer } from '../match.js';
import { reshapeTarget } from '../simplify/reshape-target.js';
import { convolutionOf, type Convolution } from './convolution.js';
import { interleavedHeads } from './interleaved-heads.js';

/** A Conv whose channels are anchors times classes (or coordinates), laid out as one row for each anchor of each pixel. */
interface Head {
  readonly convolution: Convolution;
  readonly transpose: Node;
  readonly reshape: Node;
  readonly rows: readonly Dim[];
  readonly anchors: number;
  readonly columns: number;
}

/** Nodes between two Concats that are looked at for readers of the first. */
const mostBetween = 64;

/**
 * Detectors say what and where for each anchor with two Convs at each scale, and bring both into rows in the same
 * way. One Conv with the weights of both, interleaved by anchor, is turned and reshaped once; a Split at the end
 * takes the two apart.
 */
export const parallelHeads = fusion({
  name: 'parallel-heads',
  summary: 'Computes the two Convs of a detector at each scale as one, and splits what comes of all scales',
  effect: 'reorders-floats',
  needs: ['shapes'],
  root: 'Concat',
  opset: { min: 5 },
  match(second, context) {
    const found = headsOf(second, context);
    const first = found === undefined ? undefined : twinOf(second, found.length);
    const others = first === undefined ? undefined : headsOf(first, context);
    if (found === undefined || first === undefined || others === undefined) return undefined;
    const pairs = others.map((head, at) => ({ left: head, right: found[at]! }));
    for (const { left, right } of pairs) {
      const why = obstacle(left, right);
      if (why !== undefined) return miss(why);
    }
    const weights = pairs.map(({ left, right }) =>
      interleavedHeads(left, right, inputOf(left) === inputOf(right)),
    );
    const bad = weights.find((one) => one instanceof Miss);
    if (bad !== undefined) return bad;
    return { first, second, pairs, weights: weights as { weight: Tensor; bias: Tensor }[] };
  },
  rewrite({ first, second, pairs, weights }, edit, { opset }) {
    const rows = pairs.map(({ left, right }, at) => merged(left, right, weights[at]!, edit));
    const all = edit.like(second, rows).outputs[0]!;
    const [a, b] = [pairs[0]!.left.columns, pairs[0]!.right.columns];
    const sizes = opset >= 13 ? [edit.constant(`${all.name}_parts`, Tensor.int64([2], [a, b]))] : [];
    const split = edit.node('Split', [all, ...sizes], {
      outputs: 2,
      attributes: [
        ['axis', attribute.int(2)],
        ...(opset >= 13 ? [] : ([['split', attribute.ints([a, b])]] as const)),
      ],
    });
    [first, second].forEach((concat, at) => {
      const old = concat.outputs[0]!;
      split.outputs[at]!.type = old.type;
      edit.replace(old, split.outputs[at]!);
    });
  },
});

function inputOf({ convolution }: Head): Value {
  return convolution.input;
}

function headsOf(concat: Node, context: FusionContext): Head[] | undefined {
  if (concat.inputs.length < 2 || concat.int('axis', 0) !== 1) return undefined;
  const heads = concat.inputs.map((value) => headOf(value, context));
  const [head] = heads;
  if (head === undefined || heads.includes(undefined)) return undefined;
  return heads.every((one) => one!.columns === head.columns) ? (heads as Head[]) : undefined;
}

function headOf(value: Value | undefined, { facts }: FusionContext): Head | undefined {
  const reshape = soleProducer(value, 'Reshape');
  const transpose = soleProducer(reshape?.inputs[0], 'Transpose');
  const conv = soleProducer(transpose?.inputs[0], 'Conv');
  if (reshape === undefined || transpose === undefined || conv === undefined) return undefined;
  if (transpose.ints('perm')?.join() !== '0,2,3,1') return undefined;
  const convolution = convolutionOf(conv);
  const [before, rows] = [facts.dimsOf(reshape.inputs[0]), facts.dimsOf(value)];
  const columns = rows?.[2];
  if (convolution instanceof Miss || rows?.length !== 3 || typeof columns !== 'number') return undefined;
  if (rows[0] === undefined || rows[0] !== before?.[0] || before[3] !== convolution.channels)
    return undefined;
  const anchors = convolution.channels / columns;
  if (!Number.isInteger(anchors) || conv.int('group', 1) !== 1) return undefined;
  return { convolution, transpose, reshape, rows, anchors, columns };
}

/** The Concat right in front that joins as many rows, as long as nobody reads it in between. */
function twinOf(second: Node, count: number): Node | undefined {
  let node = second.previous;
  for (let steps = 0; node !== undefined && steps < mostBetween; steps++, node = node.previous) {
    if (!node.is('Concat') || node.inputs.length !== count || node.int('axis', 0) !== 1) continue;
    for (let between = node.next; between !== undefined && between !== second; between = between.next)
      if (between.inputs.includes(node.outputs[0])) return undefined;
    return producerOf(node.inputs[0], 'Reshape') === undefined ? undefined : node;
  }
  return undefined;
}

function obstacle(left: Head, right: Head): string | undefined {
  const [a, b] = [left.convolution.node, right.convolution.node];
  if (left.anchors !== right.anchors) return 'the two have other numbers of anchors';
  if (left.rows[0] !== right.rows[0] || left.rows[1] === undefined || left.rows[1] !== right.rows[1])
    return 'the two have other numbers of rows';
  for (const name of ['kernel_shape', 'strides', 'pads', 'dilations'])
    if (a.ints(name)?.join() !== b.ints(name)?.join()) return `the two Convs differ in ${name}`;
  if (a.string('auto_pad', 'NOTSET') !== b.string('auto_pad', 'NOTSET')) return 'the two Convs pad otherwise';
  const [x, y] = [left.convolution.weight, right.convolution.weight];
  if (x.dtype !== y.dtype) return 'the two Convs have other types';
  if (x.dims.slice(2).join() !== y.dims.slice(2).join()) return 'the two Convs have other kernels';
  // What one does not read of the other's input is multiplied by zeros: that costs next to nothing for one pixel.
  const isPointwise = x.dims.slice(2).every((length) => length === 1);
  return inputOf(left) === inputOf(right) || isPointwise ? undefined : 'the two Convs read different inputs';
}

function merged(
  left: Head,
  right: Head,
  { weight, bias }: { weight: Tensor; bias: Tensor },
  edit: Edit,
): Value {
  const { node } = left.convolution;
  const name = node.inputs[1]!.name;
  const both = [inputOf(left), inputOf(right)];
  const input =
    both[0] === both[1]
      ? both[0]!
      : edit.node('Concat', both, { attributes: [['axis', attribute.int(1)]] }).outputs[0]!;
  const conv = edit.like(node, [input, edit.constant(name, weight), edit.constant(`${name}_bias`, bias)]);
  const turned = edit.like(left.transpose, [conv.outputs[0]]).outputs[0]!;
  const lengths = [left.rows[0], left.rows[1], left.columns + right.columns];
  const target = reshapeTarget(undefined, lengths) ?? [0, -1, left.columns + right.columns];
  const shape = edit.constant(`${name}_rows`, Tensor.int64([3], target));
  return edit.node('Reshape', [turned, shape], { name: left.reshape.name }).outputs[0]!;
}
