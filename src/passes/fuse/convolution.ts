import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Edit } from '../edit.js';
import { miss, type Miss } from '../fusion.js';
import { constantOf, isFoldable } from '../match.js';
import { doesNotFit, roundedTensor, type Affine } from './affine.js';

/** A Conv or ConvTranspose whose weights are constants. */
export interface Convolution {
  readonly node: Node;
  readonly input: Value;
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
  /** Output channels. */
  readonly channels: number;
}

/** The constants of a Conv or ConvTranspose, or why they cannot be worked on. */
export function convolutionOf(node: Node): Convolution | Miss {
  const [input, , biasValue] = node.inputs;
  const weight = constantOf(node.inputs[1]);
  const bias = constantOf(biasValue);
  if (input === undefined || weight === undefined)
    return miss(`the weights of ${node.label} are not constant`);
  if (biasValue !== undefined && bias === undefined) return miss(`the bias of ${node.label} is not constant`);
  if (!isFoldable(weight.dtype)) return miss(`the weights of ${node.label} are ${weight.dtype}`);
  const channels = node.is('Conv') ? weight.dims[0]! : weight.dims[1]! * node.int('group', 1);
  return { node, input, weight, bias, channels };
}

/** Weights and bias that do what the convolution and the affine map behind it do together. */
export interface Folded {
  readonly convolution: Convolution;
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/** Computes them in float64 and rounds once. */
export function foldIntoConvolution(convolution: Convolution, { scale, shift }: Affine): Folded | Miss {
  const { weight, bias, channels } = convolution;
  if (scale.length !== channels) return miss(`${scale.length} statistics do not fit ${channels} channels`);
  const values = weight.toNumbers();
  const channelOf = channelOfElement(convolution);
  const scaled = new Float64Array(weight.size);
  for (let i = 0; i < scaled.length; i++) scaled[i] = values[i]! * scale[channelOf(i)]!;
  const old = bias?.toNumbers();
  const shifted = Float64Array.from(shift, (value, c) => (old?.[c] ?? 0) * scale[c]! + value);
  const newWeight = roundedTensor(weight.dtype, weight.dims, scaled);
  const newBias = roundedTensor(weight.dtype, [channels], shifted);
  if (newWeight === undefined || newBias === undefined) return miss(doesNotFit);
  return { convolution, weight: newWeight, bias: newBias };
}

/** Puts a convolution with the folded weights in the place of `old`. */
export function replaceByFolded({ convolution, weight, bias }: Folded, old: Value, edit: Edit): void {
  const { node, input } = convolution;
  const weightName = node.inputs[1]!.name;
  const biasName = node.inputs[2]?.name ?? `${weightName}_bias`;
  const folded = edit.like(node, [input, edit.constant(weightName, weight), edit.constant(biasName, bias)]);
  edit.replace(old, folded.outputs[0]!);
}

/**
 * Conv weights are [out, in / group, ...]; those of ConvTranspose [in, out / group, ...], where the inputs of
 * one group lie together and feed the outputs of the same group.
 */
function channelOfElement({ node, weight, channels }: Convolution): (index: number) => number {
  if (node.is('Conv')) {
    const perChannel = weight.size / channels;
    return (index) => Math.floor(index / perChannel);
  }
  const group = node.int('group', 1);
  const [inputs, outputsOfGroup] = [weight.dims[0]!, weight.dims[1]!];
  const kernel = weight.size / (inputs * outputsOfGroup);
  const inputsOfGroup = inputs / group;
  return (index) => {
    const row = Math.floor(index / (kernel * outputsOfGroup));
    const column = Math.floor(index / kernel) % outputsOfGroup;
    return Math.floor(row / inputsOfGroup) * outputsOfGroup + column;
  };
}
