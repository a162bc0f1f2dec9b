import { attribute } from '../../ir/attribute.js';
import { fusion, miss, Miss } from '../fusion.js';
import { producerOf, soleProducer } from '../match.js';
import { affineOfBatchNormalization } from './affine.js';
import { denseOf, foldIntoDense } from './gemm.js';

export const gemmBatchNorm = fusion({
  name: 'gemm-batchnorm',
  summary: 'Folds BatchNormalization into the Gemm or MatMul in front of it',
  effect: 'reorders-floats',
  needs: ['shapes'],
  root: 'BatchNormalization',
  opset: { min: 7 },
  match(node) {
    const [input] = node.inputs;
    if (producerOf(input, 'Gemm', 'MatMul') === undefined) return undefined;
    const affine = affineOfBatchNormalization(node);
    if (affine === undefined || affine instanceof Miss) return affine;
    const layer = soleProducer(input, 'Gemm', 'MatMul');
    if (layer === undefined) return miss(`${input!.name} is read elsewhere as well`);
    const dense = denseOf(layer);
    if (dense === undefined || dense instanceof Miss)
      return dense ?? miss(`the weights of ${layer.label} are not constant`);
    const folded = foldIntoDense(dense, affine);
    return folded instanceof Miss ? folded : { dense, folded, output: node.outputs[0]! };
  },
  rewrite({ dense: { node, input }, folded, output }, edit) {
    const weightName = node.inputs[1]!.name;
    const inputs = [
      input,
      edit.constant(weightName, folded.weight),
      edit.constant(node.inputs[2]?.name ?? `${weightName}_bias`, folded.bias),
    ];
    // The bias has been multiplied already; alpha goes on scaling the product alone.
    const layer = node.is('Gemm')
      ? edit.like(node, inputs, { beta: attribute.float(1) })
      : edit.node('Gemm', inputs, { name: node.name });
    edit.replace(output, layer.outputs[0]!);
  },
});
