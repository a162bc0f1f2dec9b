import { attribute } from '../../ir/attribute.js';
import type { Node } from '../../ir/node.js';
import { Tensor } from '../../tensor/tensor.js';
import { fusion } from '../fusion.js';
import { plainSlice } from './plain-slice.js';

/** Slices that cut a tensor into all its parts along one axis. */
export const slicesSplit = fusion({
  name: 'slices-split',
  summary: 'Makes one Split of Slices that take every part of a tensor along one axis',
  effect: 'exact',
  needs: ['shapes'],
  root: 'Slice',
  match(node, { opset, facts }) {
    const [input] = node.inputs;
    const dims = facts.dimsOf(input);
    if (input === undefined || dims === undefined || input.useCount < 2) return undefined;
    const first = plainSlice(node, opset, dims.length);
    if (first?.length !== 1 || first[0]!.start !== 0) return undefined;
    const { axis } = first[0]!;
    const length = dims[axis];
    if (typeof length !== 'number') return undefined;
    const parts = new Map<number, { node: Node; end: number }>();
    for (const { node: other, index } of input.uses) {
      if (!other.is('Slice') || index !== 0 || other.graph !== node.graph) continue;
      const cuts = plainSlice(other, opset, dims.length);
      if (cuts?.length !== 1 || cuts[0]!.axis !== axis) continue;
      const { start } = cuts[0]!;
      const end = Math.min(cuts[0]!.end, length);
      if (end > start && !parts.has(start)) parts.set(start, { node: other, end });
    }
    const slices: Node[] = [];
    const sizes: number[] = [];
    for (let place = 0; place < length;) {
      const part = parts.get(place);
      if (part === undefined) return undefined;
      slices.push(part.node);
      sizes.push(part.end - place);
      place = part.end;
    }
    return slices.length < 2 ? undefined : { input, axis, slices, sizes };
  },
  rewrite({ input, axis, slices, sizes }, edit, { opset }) {
    const byInput = opset >= 13;
    // In front of every Slice, whichever comes first: right behind what computes the tensor.
    const { graph } = slices[0]!;
    const before = input.producer?.graph === graph ? input.producer.next : [...graph.nodes()][0];
    const split = edit.node(
      'Split',
      byInput ? [input, edit.constant(`${input.name}_parts`, Tensor.int64([sizes.length], sizes))] : [input],
      {
        outputs: slices.length,
        before,
        attributes: [
          ['axis', attribute.int(axis)],
          ...(byInput ? [] : ([['split', attribute.ints(sizes)]] as const)),
        ],
      },
    );
    slices.forEach((slice, index) => {
      const part = split.outputs[index]!;
      part.type = slice.outputs[0]!.type;
      edit.replace(slice.outputs[0]!, part);
    });
  },
});
