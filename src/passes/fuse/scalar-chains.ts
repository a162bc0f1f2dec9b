import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import type { Tensor } from '../../tensor/tensor.js';
import { roundedTensor } from './affine.js';
import { fusion, miss } from '../fusion.js';
import { constantOf, isFoldable, producerOf, soleProducer } from '../match.js';

/** One operand that is computed and one that is constant: x * c, x / c, x + c or x - c. */
interface Step {
  readonly kind: 'scale' | 'shift';
  readonly input: Value;
  readonly constant: Tensor;
  /** x / c and x - c. */
  readonly inverse: boolean;
}

const kinds: Readonly<Record<string, readonly [kind: Step['kind'], inverse: boolean]>> = {
  Mul: ['scale', false],
  Div: ['scale', true],
  Add: ['shift', false],
  Sub: ['shift', true],
};

/** One of the two constants is one number, so that the result is no larger than what was there. */
export const scalarChains = fusion({
  name: 'scalar-chains',
  summary: 'Makes one Mul or Add of two with constants that follow each other',
  effect: 'reorders-floats',
  root: Object.keys(kinds),
  opset: { min: 7 },
  match(node) {
    const outer = stepOf(node);
    const before = producerOf(outer?.input, ...Object.keys(kinds));
    const inner = before === undefined ? undefined : stepOf(before);
    if (outer === undefined || inner === undefined || inner.kind !== outer.kind) return undefined;
    if (outer.constant.dtype !== inner.constant.dtype || !isFoldable(outer.constant.dtype)) return undefined;
    const [small, large] = inner.constant.size === 1 ? [inner, outer] : [outer, inner];
    if (small.constant.size !== 1) return undefined;
    if (soleProducer(outer.input, before!.opType) === undefined)
      return miss(`${outer.input.name} is read elsewhere as well`);
    const joined = join(small, large);
    if (joined === undefined) return miss('the joined constant does not fit into its type');
    return {
      input: inner.input,
      joined,
      scale: outer.kind === 'scale',
      output: node.outputs[0]!,
      name: node.name,
    };
  },
  rewrite({ input, joined, scale, output, name }, edit) {
    const constant = edit.constant(`${output.name}_constant`, joined);
    const replacement = edit.node(scale ? 'Mul' : 'Add', [input, constant], { name }).outputs[0]!;
    replacement.type = output.type;
    edit.replace(output, replacement);
  },
});

function stepOf(node: Node): Step | undefined {
  const found = kinds[node.opType];
  if (found === undefined || node.domain !== '' || node.inputs.length !== 2) return undefined;
  const [kind, inverse] = found;
  for (const at of inverse ? [1] : [1, 0]) {
    const constant = constantOf(node.inputs[at]);
    const input = node.inputs[1 - at];
    if (constant !== undefined && input !== undefined && constantOf(input) === undefined)
      return { kind, input, constant, inverse };
  }
  return undefined;
}

/** Below it a product of float32 numbers loses digits. */
const smallestScale = 1e-30;

/** Computed in float64 and rounded once; the rank is that of the larger one, so that dims stay. */
function join(small: Step, large: Step): Tensor | undefined {
  if (small.constant.dims.length > large.constant.dims.length) return undefined;
  const factor = small.constant.toNumbers()[0]!;
  const values = Float64Array.from(large.constant.toNumbers(), (one) => {
    if (small.kind === 'scale')
      return (large.inverse ? 1 / one : one) * (small.inverse ? 1 / factor : factor);
    return (large.inverse ? -one : one) + (small.inverse ? -factor : factor);
  });
  if (small.kind === 'scale' && values.some((value) => Math.abs(value) < smallestScale)) return undefined;
  // Two shifts that take each other back round x on purpose, or by an accident that is part of the model.
  if (small.kind === 'shift') {
    const numbers = large.constant.toNumbers();
    const takesBack = values.some(
      (value, index) => Math.abs(value) < 0.1 * Math.max(Math.abs(numbers[index]!), Math.abs(factor)),
    );
    if (takesBack) return undefined;
  }
  return roundedTensor(large.constant.dtype, large.constant.dims, values);
}
