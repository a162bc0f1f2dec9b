import { fusion, miss, Miss } from '../fusion.js';
import { producerOf, soleProducer } from '../match.js';
import { affineOfBatchNormalization, doesNotFit, roundedTensor } from './affine.js';
import { convolutionOf } from './convolution.js';

/**
 * A BatchNormalization in front of a Conv: the scales go into the weights of the input channels, the shifts through
 * them into the bias. Padding puts zeros behind the normalization, which no bias can stand for.
 */
export const batchNormConv = fusion({
  name: 'batchnorm-conv',
  summary: 'Folds BatchNormalization into the Conv without padding that reads it',
  effect: 'reorders-floats',
  root: 'Conv',
  opset: { min: 7 },
  match(node) {
    if (producerOf(node.inputs[0], 'BatchNormalization') === undefined) return undefined;
    const norm = soleProducer(node.inputs[0], 'BatchNormalization');
    if (norm === undefined) return miss(`${node.inputs[0]!.name} is read elsewhere as well`);
    const affine = affineOfBatchNormalization(norm);
    if (affine === undefined || affine instanceof Miss) return affine;
    const convolution = convolutionOf(node);
    if (convolution instanceof Miss) return convolution;
    const pads = node.ints('pads');
    const automatic = node.string('auto_pad', 'NOTSET');
    const isPadded = (pads?.some((pad) => pad !== 0) ?? false) || automatic.startsWith('SAME');
    if (isPadded && affine.shift.some((shift) => shift !== 0))
      return miss('it pads, and the normalization shifts');
    const { weight, bias, channels } = convolution;
    const group = node.int('group', 1);
    const inputsOfGroup = weight.dims[1]!;
    if (affine.scale.length !== inputsOfGroup * group) return miss('its channels are others');
    const values = weight.toNumbers();
    const kernel = weight.size / (channels * inputsOfGroup);
    const scaled = new Float64Array(weight.size);
    const shifted = Float64Array.from({ length: channels }, (_, c) => bias?.toNumbers()[c] ?? 0);
    for (let i = 0; i < scaled.length; i++) {
      const output = Math.floor(i / (kernel * inputsOfGroup));
      const input =
        Math.floor((output * group) / channels) * inputsOfGroup + (Math.floor(i / kernel) % inputsOfGroup);
      scaled[i] = values[i]! * affine.scale[input]!;
      shifted[output]! += values[i]! * affine.shift[input]!;
    }
    const newWeight = roundedTensor(weight.dtype, weight.dims, scaled);
    const newBias = roundedTensor(weight.dtype, [channels], shifted);
    if (newWeight === undefined || newBias === undefined) return miss(doesNotFit);
    return { node, input: norm.inputs[0]!, weight: newWeight, bias: newBias };
  },
  rewrite({ node, input, weight, bias }, edit) {
    const name = node.inputs[1]!.name;
    const folded = edit.like(node, [
      input,
      edit.constant(name, weight),
      edit.constant(node.inputs[2]?.name ?? `${name}_bias`, bias),
    ]);
    const output = node.outputs[0]!;
    folded.outputs[0]!.type = output.type;
    edit.replace(output, folded.outputs[0]!);
  },
});
