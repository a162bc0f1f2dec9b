import { attribute } from '../../ir/attribute.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { elementCount, Tensor } from '../../tensor/tensor.js';
import { fusion } from '../fusion.js';
import { integersOf } from '../match.js';

/** Lists of places shorter than this cost no more than the nodes that take their place. */
const fewestIndices = 128;

/** An assignment to a part of a tensor is written by exporters as a list of all places in it, eight bytes a number. */
export const scatterBlock = fusion({
  name: 'scatter-block',
  summary: 'Puts together with Slice and Concat what ScatterND writes into one block along an axis',
  effect: 'exact',
  needs: ['shapes'],
  root: 'ScatterND',
  opset: { min: 11 },
  match(node, { facts }) {
    const [data, indices, updates] = node.inputs;
    const [output] = node.outputs;
    if (data === undefined || updates === undefined || output === undefined) return undefined;
    if (node.string('reduction', 'none') !== 'none') return undefined;
    const dims = facts.dimsOf(data);
    const block = blockOf(indices);
    if (dims === undefined || block === undefined || block.lengths.length > dims.length) return undefined;
    const partial = block.lengths.flatMap((length, axis) =>
      block.starts[axis] === 0 && length === dims[axis] ? [] : [axis],
    );
    const axis = partial[0];
    if (axis === undefined) return { data, updates, output, cut: undefined };
    const length = dims[axis];
    if (partial.length > 1 || typeof length !== 'number') return undefined;
    const start = block.starts[axis]!;
    return { data, updates, output, cut: { axis, start, end: start + block.lengths[axis]!, length } };
  },
  rewrite({ data, updates, output, cut }, edit) {
    if (cut === undefined) {
      edit.replace(output, updates);
      return;
    }
    const slice = (from: number, to: number): Value =>
      edit.node('Slice', [
        data,
        ...[from, to, cut.axis].map((number, index) =>
          edit.constant(
            `${output.name}_${['starts', 'ends', 'axes'][index]!}`,
            Tensor.of('int64', [1], BigInt64Array.of(BigInt(number))),
          ),
        ),
      ]).outputs[0]!;
    const parts = [
      ...(cut.start > 0 ? [slice(0, cut.start)] : []),
      updates,
      ...(cut.end < cut.length ? [slice(cut.end, cut.length)] : []),
    ];
    const { axis } = cut;
    edit.replace(
      output,
      edit.node('Concat', parts, { attributes: [['axis', attribute.int(axis)]] }).outputs[0]!,
    );
  },
});

interface Block {
  readonly starts: readonly number[];
  readonly lengths: readonly number[];
}

/** The block whose places are listed, row by row; undefined for any other list. */
function blockOf(value: Node['inputs'][number]): Block | undefined {
  const dims = value?.constant?.dims;
  const places = integersOf(value);
  const rank = dims?.at(-1);
  if (dims === undefined || places === undefined || rank === undefined || dims.length !== rank + 1)
    return undefined;
  if (places.length < fewestIndices) return undefined;
  const lengths = dims.slice(0, -1);
  const starts = places.slice(0, rank);
  if (starts.some((start) => start < 0)) return undefined;
  const inner = lengths.map((_, axis) => elementCount(lengths.slice(axis + 1)));
  for (let at = 0; at < places.length; at++) {
    const axis = at % rank;
    const position = Math.floor(Math.floor(at / rank) / inner[axis]!) % lengths[axis]!;
    if (places[at] !== starts[axis]! + position) return undefined;
  }
  return { starts, lengths };
}
