import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { Tensor } from '../../tensor/tensor.js';
import { fusion, miss, Miss } from '../fusion.js';
import { constantOf, soleProducer, uniformOf } from '../match.js';
import { doesNotFit, roundedTensor } from './affine.js';
import { convolutionOf, foldIntoConvolution, type Convolution, type Folded } from './convolution.js';

/** A reader whose weights take back the scale of its input channels. */
interface Reader {
  readonly node: Node;
  readonly weight: Tensor;
}

/**
 * Models whose channels were equalized hold a Min with another bound for every channel. With the channels
 * scaled so that all bounds are one number, it is a Clip, which integer kernels do for nothing:
 * min(relu(y), u_c) = u_c / u * min(relu(u / u_c * y), u), and the factors go into the weights around it.
 */
export const uniformClip = fusion({
  name: 'uniform-clip',
  summary:
    'Scales the channels between two Convs so that a Min with a bound for each channel becomes one Clip',
  effect: 'reorders-floats',
  root: 'Min',
  // Clip with its bounds as inputs.
  opset: { min: 11 },
  match(node) {
    const at = constantOf(node.inputs[1]) === undefined ? 0 : 1;
    const bounds = constantOf(node.inputs[at]);
    const clipped = node.inputs[1 - at];
    if (node.inputs.length !== 2 || bounds === undefined || clipped === undefined) return undefined;
    if (bounds.size < 2 || uniformOf(node.inputs[at]) !== undefined) return undefined;
    const relu = soleProducer(clipped, 'Relu');
    const convolutionNode = soleProducer(relu?.inputs[0] ?? clipped, 'Conv', 'ConvTranspose');
    if (convolutionNode === undefined) return miss('its input comes from no Conv that is read here alone');
    const convolution = convolutionOf(convolutionNode);
    if (convolution instanceof Miss) return convolution;
    if (!alongChannels(bounds, convolution)) return miss('its bounds do not lie along the channels');
    const limits = Float64Array.from(bounds.toNumbers());
    if (limits.some((limit) => !(limit >= 0) || limit === Infinity))
      return miss('a bound is negative or not finite');
    const bound = limits.reduce((a, b) => Math.max(a, b));
    if (bound === 0) return miss('every bound is 0');
    // Above zero any scale commutes with Min; a channel bounded by zero is constant only where Relu has cut it off.
    if (relu === undefined && limits.includes(0)) return miss('a bound is 0 and no Relu stands in front');
    // A Relu behind it has nothing left to do.
    const after = node.outputs[0]!.soleConsumer;
    const output = relu !== undefined && after?.is('Relu') === true ? after.outputs[0]! : node.outputs[0]!;
    const readers = readersOf(output, convolution.channels);
    if (readers instanceof Miss) return readers;
    const scale = limits.map((limit) => (limit === 0 ? 0 : bound / limit));
    const folded = foldIntoConvolution(convolution, { scale, shift: new Float64Array(scale.length) });
    if (folded instanceof Miss) return folded;
    const taken = readers.map((reader) => unscaled(reader, limits, bound));
    if (taken.includes(undefined)) return miss(doesNotFit);
    return { folded, bound, hasRelu: relu !== undefined, output, readers, weights: taken as Tensor[] };
  },
  rewrite({ folded, bound, hasRelu, output, readers, weights }, edit) {
    const { node, input } = folded.convolution;
    const scaled = edit.like(node, [
      input,
      ...scaledConstants(folded, (name, tensor) => edit.constant(name, tensor)),
    ]);
    scaled.outputs[0]!.type = node.outputs[0]!.type;
    const { dtype } = folded.weight;
    const limit = (end: string, value: number): Value =>
      edit.constant(`${node.name}_${end}`, Tensor.fromNumbers(dtype, [], [value]));
    const inputs = [scaled.outputs[0], hasRelu ? limit('min', 0) : undefined, limit('max', bound)];
    const clip = edit.node('Clip', inputs);
    readers.forEach((reader, index) => {
      const old = reader.node.inputs[1]!;
      reader.node.setInput(1, edit.constant(old.name, weights[index]!));
      if (old.isUnused && !old.isGraphInput) old.graph.removeValue(old);
    });
    edit.replace(output, clip.outputs[0]!);
  },
});

function scaledConstants(
  { convolution, weight, bias }: Folded,
  constant: (name: string, tensor: Tensor) => Value,
): Value[] {
  const weightName = convolution.node.inputs[1]!.name;
  return [
    constant(weightName, weight),
    constant(convolution.node.inputs[2]?.name ?? `${weightName}_bias`, bias),
  ];
}

function alongChannels(bounds: Tensor, { weight, channels }: Convolution): boolean {
  const rank = weight.dims.length;
  const axis = bounds.dims.length - rank + 1;
  return bounds.dims.length <= rank && bounds.dims.every((dim, at) => dim === (at === axis ? channels : 1));
}

function readersOf(value: Value, channels: number): Reader[] | Miss {
  if (value.isGraphOutput) return miss(`${value.name} is an output of the graph`);
  const readers: Reader[] = [];
  for (const { node, index } of value.uses) {
    const weight = constantOf(node.inputs[1]);
    if (!node.is('Conv') || index !== 0 || weight === undefined || node.graph !== value.graph) {
      return miss(`${node.label}, which reads it, is no Conv with constant weights`);
    }
    if (weight.dims[1]! * node.int('group', 1) !== channels)
      return miss(`${node.label} reads other channels`);
    readers.push({ node, weight });
  }
  return readers;
}

/** Conv weights [out, in / group, ...] with input channel c multiplied by limit_c / bound. */
function unscaled({ node, weight }: Reader, limits: Float64Array, bound: number): Tensor | undefined {
  const group = node.int('group', 1);
  const [outputs, inputsOfGroup] = [weight.dims[0]!, weight.dims[1]!];
  const kernel = weight.size / (outputs * inputsOfGroup);
  const values = weight.toNumbers();
  const scaled = new Float64Array(weight.size);
  for (let i = 0; i < scaled.length; i++) {
    const row = Math.floor(i / (kernel * inputsOfGroup));
    const channel =
      Math.floor((row * group) / outputs) * inputsOfGroup + (Math.floor(i / kernel) % inputsOfGroup);
    scaled[i] = (values[i]! * limits[channel]!) / bound;
  }
  return roundedTensor(weight.dtype, weight.dims, scaled);
}
