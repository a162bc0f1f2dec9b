import type { Pass } from '../pass.js';
import { fusion, miss, Miss } from '../fusion.js';
import { constantOf, producerOf, soleProducer } from '../match.js';
import { affineOfArithmetic } from './affine.js';
import { convolutionOf, foldIntoConvolution, replaceByFolded } from './convolution.js';

function convArithmetic(name: string, summary: string, root: readonly string[]): Pass {
  return fusion({
    name,
    summary,
    effect: 'reorders-floats',
    root,
    // Until opset 6 these operators broadcast by attributes.
    opset: { min: 7 },
    match(node) {
      const input = node.inputs.find((value) => producerOf(value, 'Conv', 'ConvTranspose') !== undefined);
      const other = node.inputs.find((value) => value !== input);
      if (input === undefined || constantOf(other) === undefined) return undefined;
      const convolutionNode = soleProducer(input, 'Conv', 'ConvTranspose');
      if (convolutionNode === undefined) return miss(`${input.name} is read elsewhere as well`);
      const convolution = convolutionOf(convolutionNode);
      if (convolution instanceof Miss) return convolution;
      const affine = affineOfArithmetic(node, input, convolution.channels, convolution.weight.dims.length);
      if (affine === undefined) return miss('the constant is neither one number nor one for each channel');
      const folded = foldIntoConvolution(convolution, affine);
      return folded instanceof Miss ? folded : { folded, output: node.outputs[0]! };
    },
    rewrite({ folded, output }, edit) {
      replaceByFolded(folded, output, edit);
    },
  });
}

export const convScale = convArithmetic(
  'conv-scale',
  'Folds Mul and Div by a number for each channel into the Conv or ConvTranspose in front',
  ['Mul', 'Div'],
);

export const convAdd = convArithmetic(
  'conv-add',
  'Folds Add and Sub of a number for each channel into the bias of the Conv or ConvTranspose in front',
  ['Add', 'Sub'],
);
