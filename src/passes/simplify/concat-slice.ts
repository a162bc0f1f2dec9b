import type { Node } from '../../ir/node.js';
import { fusion } from '../fusion.js';
import { producerOf } from '../match.js';
import { plainSlice } from './plain-slice.js';

/** What was put together a moment ago is taken from before. */
export const concatSlice = fusion({
  name: 'concat-slice',
  summary: 'Lets a Slice that cuts out one part of a Concat read that part',
  effect: 'exact',
  needs: ['shapes'],
  root: 'Slice',
  match(node, { opset, facts }) {
    const concat = producerOf(node.inputs[0], 'Concat');
    const [output] = node.outputs;
    const dims = facts.dimsOf(node.inputs[0]);
    if (concat === undefined || output === undefined || dims === undefined || output.isGraphOutput)
      return undefined;
    const slice = plainSlice(node, opset, dims.length);
    const axis = axisOfConcat(concat, dims.length);
    if (slice?.length !== 1 || slice[0]!.axis !== axis) return undefined;
    const length = dims[axis];
    const { start, end } = slice[0]!;
    let place = 0;
    for (const part of concat.inputs) {
      const own = facts.dimsOf(part)?.[axis];
      if (typeof own !== 'number' || part === undefined) return undefined;
      const to = end > 2 ** 31 - 2 && typeof length === 'number' ? length : end;
      if (start === place && to === place + own && own > 0) return { output, part };
      place += own;
    }
    return undefined;
  },
  rewrite({ output, part }, edit) {
    edit.replace(output, part);
  },
});

function axisOfConcat(concat: Node, rank: number): number {
  const axis = concat.int('axis', 1);
  return axis < 0 ? axis + rank : axis;
}
