import type { Value } from '../../ir/value.js';
import { Tensor } from '../../tensor/tensor.js';
import { fusion } from '../fusion.js';
import { constantOf } from '../match.js';

/**
 * Range takes scalars. Runtimes let a computed vector of one element pass and refuse a constant one, which is
 * what folding makes of it.
 */
export const rangeScalars = fusion({
  name: 'range-scalars',
  summary: 'Makes constant vectors of one element that a Range reads scalars',
  effect: 'exact',
  root: 'Range',
  match(node) {
    const places = node.inputs.flatMap((value, index) => (isVectorOfOne(value) ? [index] : []));
    return places.length === 0 ? undefined : { node, places };
  },
  rewrite({ node, places }, edit) {
    const inputs = node.inputs.map((value, index) => {
      if (!places.includes(index)) return value;
      const { name, constant } = value!;
      return edit.constant(name, Tensor.fromBytes(constant!.dtype, [], constant!.bytes()));
    });
    const output = node.outputs[0]!;
    const replacement = edit.like(node, inputs).outputs[0]!;
    replacement.type = output.type;
    edit.replace(output, replacement);
  },
});

function isVectorOfOne(value: Value | undefined): boolean {
  const tensor = constantOf(value);
  return tensor?.size === 1 && tensor.dims.length > 0;
}
