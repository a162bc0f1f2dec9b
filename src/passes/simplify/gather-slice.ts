import type { Value } from '../../ir/value.js';
import { Tensor } from '../../tensor/tensor.js';
import { fusion } from '../fusion.js';
import { constantOf, dtypeOf, integersOf } from '../match.js';

/**
 * A Gather of neighbours in their order is a Slice, which other passes understand. Shape arithmetic is left as it
 * is: runtimes look for Gather there.
 */
export const gatherSlice = fusion({
  name: 'gather-slice',
  summary: 'Makes Slice of a Gather of successive places',
  effect: 'exact',
  needs: ['shapes'],
  root: 'Gather',
  // Slice with its bounds as inputs.
  opset: { min: 10 },
  match(node, { facts }) {
    const [input, indices] = node.inputs;
    const places = integersOf(indices);
    const dims = facts.dimsOf(input);
    const dtype = dtypeOf(input);
    if (places === undefined || places.length < 2 || dims === undefined || dtype === undefined)
      return undefined;
    if (constantOf(indices)?.dims.length !== 1 || constantOf(input) !== undefined) return undefined;
    if (dtype === 'int64' || dtype === 'int32') return undefined;
    const axis = node.int('axis', 0) < 0 ? node.int('axis', 0) + dims.length : node.int('axis', 0);
    const length = dims[axis];
    if (typeof length !== 'number') return undefined;
    const [start] = places.map((place) => (place < 0 ? place + length : place));
    const successive = places.every((place, at) => (place < 0 ? place + length : place) === start! + at);
    if (!successive || start! + places.length > length) return undefined;
    return { input: input!, axis, start: start!, end: start! + places.length, output: node.outputs[0]! };
  },
  rewrite({ input, axis, start, end, output }, edit) {
    const integers = (name: string, value: number): Value =>
      edit.constant(`${output.name}_${name}`, Tensor.int64([1], [value]));
    const bounds = [integers('start', start), integers('end', end), integers('axis', axis)];
    const slice = edit.node('Slice', [input, ...bounds]);
    slice.outputs[0]!.type = output.type;
    edit.replace(output, slice.outputs[0]!);
  },
});
