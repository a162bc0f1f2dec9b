import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { Tensor } from '../../tensor/tensor.js';
import { fusion, miss, Miss } from '../fusion.js';
import { constantOf, isFoldable, soleProducer } from '../match.js';
import { doesNotFit, roundedTensor } from './affine.js';
import { convolutionOf, foldIntoConvolution } from './convolution.js';

/**
 * Tools that balance channels for quantization turn a ReLU6 into Relu, Min with another bound for each
 * channel, and Relu. Scaling by a positive number commutes with Relu: with the channels scaled so that their
 * bounds are equal, and scaled back in the weights of the Conv behind, one Clip with one bound is left.
 */
export const uniformClips = fusion({
  name: 'uniform-clips',
  summary: 'Makes one Clip of Relu and Min with a bound for each channel, between two Conv',
  effect: 'reorders-floats',
  root: 'Conv',
  // Clip takes its bounds as inputs from here on.
  opset: { min: 11 },
  match(after) {
    const chain = boundedChain(after.inputs[0]);
    if (chain === undefined || chain instanceof Miss) return chain;
    const before = convolutionOf(chain.conv);
    if (before instanceof Miss) return before;
    const bounds = perChannelBounds(chain.bounds, before.channels, before.weight.dims.length);
    if (bounds === undefined) return undefined;
    const highest = bounds.reduce((most, bound) => Math.max(most, bound), 0);
    if (!bounds.every((bound) => bound >= 0) || !(highest > 0 && highest < Infinity)) {
      return miss('a bound is below zero, or all are zero');
    }
    // A channel whose bound is zero is zero in either way.
    const scale = bounds.map((bound) => (bound === 0 ? 0 : highest / bound));
    const folded = foldIntoConvolution(before, { scale, shift: new Float64Array(before.channels) });
    const weight = scaledInputs(
      after,
      bounds.map((bound) => bound / highest),
    );
    if (folded instanceof Miss || weight instanceof Miss)
      return folded instanceof Miss ? folded : (weight as Miss);
    return { after, before, folded, weight, highest, clipName: chain.clipName };
  },
  rewrite({ after, before, folded, weight, highest, clipName }, edit) {
    const [input, weightValue, biasValue] = before.node.inputs;
    const bias = biasValue === undefined ? undefined : edit.constant(biasValue.name, folded.bias);
    const scaled = edit.like(before.node, [
      input,
      edit.constant(weightValue!.name, folded.weight),
      ...(bias ? [bias] : []),
    ]);
    const { dtype } = folded.weight;
    const bound = (end: string, value: number): Value =>
      edit.constant(`${clipName}_${end}`, Tensor.fromNumbers(dtype, [], [value]));
    const clip = edit.node('Clip', [scaled.outputs[0], bound('min', 0), bound('max', highest)], {
      name: clipName,
    });
    const rest = [edit.constant(after.inputs[1]!.name, weight), ...after.inputs.slice(2)];
    edit.replace(after.outputs[0]!, edit.like(after, [clip.outputs[0], ...rest]).outputs[0]!);
  },
});

interface Chain {
  readonly conv: Node;
  readonly bounds: Tensor;
  readonly clipName: string;
}

/** Conv, Min with a tensor, and a Relu before or behind it or both, nobody else reading in between. */
function boundedChain(end: Value | undefined): Chain | Miss | undefined {
  const behind = soleProducer(end, 'Relu');
  const min = soleProducer(behind === undefined ? end : behind.inputs[0], 'Min');
  if (min?.inputs.length !== 2) return undefined;
  const at = constantOf(min.inputs[1]) === undefined ? 0 : 1;
  const bounds = constantOf(min.inputs[at]);
  if (bounds === undefined || bounds.size === 1) return undefined;
  const ahead = soleProducer(min.inputs[1 - at], 'Relu');
  if (ahead === undefined && behind === undefined) return miss(`${min.label} bounds from above only`);
  const conv = soleProducer(ahead === undefined ? min.inputs[1 - at] : ahead.inputs[0], 'Conv');
  return conv === undefined ? undefined : { conv, bounds, clipName: min.name === '' ? 'Clip' : min.name };
}

function perChannelBounds(bounds: Tensor, channels: number, rank: number): Float64Array | undefined {
  const channelAxis = bounds.dims.length - rank + 1;
  const fits = bounds.size === channels && bounds.dims[channelAxis] === channels;
  return fits && isFoldable(bounds.dtype) ? Float64Array.from(bounds.toNumbers()) : undefined;
}

/** The weights of a Conv times a number for each input channel; [out, in / group, ...]. */
function scaledInputs(conv: Node, scale: Float64Array): Tensor | Miss {
  const weight = constantOf(conv.inputs[1]);
  if (weight === undefined || !isFoldable(weight.dtype))
    return miss(`the weights of ${conv.label} are not constant`);
  const group = conv.int('group', 1);
  const [outputs, inputsOfGroup] = [weight.dims[0]!, weight.dims[1]!];
  if (inputsOfGroup * group !== scale.length) return miss('the channels do not fit');
  const kernel = weight.size / (outputs * inputsOfGroup);
  const values = weight.toNumbers();
  const scaled = new Float64Array(weight.size);
  for (let i = 0; i < scaled.length; i++) {
    const row = Math.floor(i / kernel);
    const inGroup = Math.floor(Math.floor(row / inputsOfGroup) / (outputs / group));
    scaled[i] = values[i]! * scale[inGroup * inputsOfGroup + (row % inputsOfGroup)]!;
  }
  return roundedTensor(weight.dtype, weight.dims, scaled) ?? miss(doesNotFit);
}
