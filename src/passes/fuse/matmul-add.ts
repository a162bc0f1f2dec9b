import { attribute } from '../../ir/attribute.js';
import { fusion, miss } from '../fusion.js';
import { constantOf, isFoldable, knownRank, producerOf, soleProducer } from '../match.js';
import { broadcastsOverRows } from './gemm.js';

export const matMulAdd = fusion({
  name: 'matmul-add',
  summary: 'Makes MatMul by a constant matrix and Add of a constant bias one Gemm',
  effect: 'reorders-floats',
  needs: ['shapes'],
  root: 'Add',
  // Gemm broadcasts its bias without an attribute since opset 7.
  opset: { min: 7 },
  match(node) {
    const product = node.inputs.find((value) => producerOf(value, 'MatMul') !== undefined);
    const biasValue = node.inputs.find((value) => value !== product);
    const bias = constantOf(biasValue);
    if (product === undefined || bias === undefined) return undefined;
    const [input, weightValue] = product.producer!.inputs;
    const weight = constantOf(weightValue);
    if (weight?.dims.length !== 2 || !isFoldable(weight.dtype)) return undefined;
    const rank = knownRank(input) ?? knownRank(product);
    if (rank !== 2)
      return miss(
        rank === undefined ? 'the rank of its input is unknown' : `its input has rank ${rank}, Gemm takes 2`,
      );
    if (soleProducer(product, 'MatMul') === undefined)
      return miss(`${product.name} is read elsewhere as well`);
    if (!broadcastsOverRows(bias, weight.dims[1]!)) return miss('the constant is no bias for each column');
    return {
      inputs: [input, weightValue, biasValue],
      name: product.producer!.name,
      output: node.outputs[0]!,
    };
  },
  rewrite({ inputs, name, output }, edit) {
    // Spelt out: the defaults are the same, and quantizers look for them.
    const attributes = [
      ['alpha', attribute.float(1)],
      ['beta', attribute.float(1)],
    ] as const;
    edit.replace(output, edit.node('Gemm', inputs, { name, attributes }).outputs[0]!);
  },
});
