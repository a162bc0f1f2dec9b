import { fusion, miss, Miss } from '../fusion.js';
import { producerOf, soleProducer } from '../match.js';
import { affineOfBatchNormalization } from './affine.js';
import { convolutionOf, foldIntoConvolution, replaceByFolded } from './convolution.js';

export const convBatchNorm = fusion({
  name: 'conv-batchnorm',
  summary: 'Folds BatchNormalization into the Conv or ConvTranspose in front of it',
  effect: 'reorders-floats',
  root: 'BatchNormalization',
  // Before opset 7 the operator has another meaning in training, and no flag that rules it out.
  opset: { min: 7 },
  match(node) {
    const [input] = node.inputs;
    if (producerOf(input, 'Conv', 'ConvTranspose') === undefined) return undefined;
    const affine = affineOfBatchNormalization(node);
    if (affine === undefined || affine instanceof Miss) return affine;
    const convolutionNode = soleProducer(input, 'Conv', 'ConvTranspose');
    if (convolutionNode === undefined) return miss(`${input!.name} is read elsewhere as well`);
    const convolution = convolutionOf(convolutionNode);
    if (convolution instanceof Miss) return convolution;
    const folded = foldIntoConvolution(convolution, affine);
    return folded instanceof Miss ? folded : { folded, output: node.outputs[0]! };
  },
  rewrite({ folded, output }, edit) {
    replaceByFolded(folded, output, edit);
  },
});
