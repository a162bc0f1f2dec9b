import { fusion, miss, Miss } from '../fusion.js';
import { producerOf, soleProducer } from '../match.js';
import type { Node } from '../../ir/node.js';
import { doesNotFit, roundedTensor } from './affine.js';
import { convolutionOf } from './convolution.js';

/**
 * Two Convs of one pixel with nothing in between are one, with the product of their weights. It pays only where the
 * product has no more weights than the two together: a bottleneck is there to save work.
 */
export const pointwiseConvs = fusion({
  name: 'pointwise-convs',
  summary: 'Multiplies the weights of two successive 1x1 Convs where that makes them no more',
  effect: 'reorders-floats',
  root: 'Conv',
  opset: { min: 1 },
  match(node) {
    const before = producerOf(node.inputs[0], 'Conv');
    if (before === undefined || !isPointwise(node) || !isPointwise(before)) return undefined;
    if (soleProducer(node.inputs[0], 'Conv') === undefined)
      return miss(`${node.inputs[0]!.name} is read elsewhere as well`);
    const [first, second] = [convolutionOf(before), convolutionOf(node)];
    if (first instanceof Miss) return first;
    if (second instanceof Miss) return second;
    const [inputs, middle, outputs] = [first.weight.dims[1]!, first.channels, second.channels];
    if (first.weight.dtype !== second.weight.dtype || second.weight.dims[1] !== middle) return undefined;
    if (inputs * outputs > inputs * middle + middle * outputs)
      return miss('one Conv in their place would have more weights than both');
    const [a, b] = [first.weight.toNumbers(), second.weight.toNumbers()];
    const [shift, added] = [first.bias?.toNumbers(), second.bias?.toNumbers()];
    const product = new Float64Array(outputs * inputs);
    const bias = Float64Array.from({ length: outputs }, (_, at) => added?.[at] ?? 0);
    for (let output = 0; output < outputs; output++) {
      for (let k = 0; k < middle; k++) {
        const factor = b[output * middle + k]!;
        bias[output]! += factor * (shift?.[k] ?? 0);
        for (let input = 0; input < inputs; input++)
          product[output * inputs + input]! += factor * a[k * inputs + input]!;
      }
    }
    const { dtype, dims } = second.weight;
    const weight = roundedTensor(dtype, [outputs, inputs, ...dims.slice(2)], product);
    const shifted = roundedTensor(dtype, [outputs], bias);
    if (weight === undefined || shifted === undefined) return miss(doesNotFit);
    return { node, input: first.input, weight, bias: shifted };
  },
  rewrite({ node, input, weight, bias }, edit) {
    const name = node.inputs[1]!.name;
    const joined = edit.like(node, [
      input,
      edit.constant(name, weight),
      edit.constant(node.inputs[2]?.name ?? `${name}_bias`, bias),
    ]);
    const output = node.outputs[0]!;
    joined.outputs[0]!.type = output.type;
    edit.replace(output, joined.outputs[0]!);
  },
});

/** One pixel, every pixel, one group: a product with a matrix at each place. */
function isPointwise(node: Node): boolean {
  const weight = node.inputs[1]?.constant;
  const all = (name: string, expected: number): boolean =>
    node.ints(name)?.every((one) => one === expected) ?? true;
  return (
    weight?.dims.slice(2).every((length) => length === 1) === true &&
    node.int('group', 1) === 1 &&
    all('strides', 1) &&
    all('pads', 0)
  );
}
