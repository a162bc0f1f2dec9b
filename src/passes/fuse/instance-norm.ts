import { attribute } from '../../ir/attribute.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { Tensor } from '../../tensor/tensor.js';
import { eitherOrder, isClosed } from '../arithmetic.js';
import { fusion, miss } from '../fusion.js';
import { constantOf, dtypeOf, producerOf } from '../match.js';
import { centredOf, reducedAxes, varianceUnder, type IsOver } from './normalization-parts.js';

/** (x - mean) / sqrt(variance + epsilon) over everything behind the channels, then a scale and a shift for each channel. */
export const instanceNorm = fusion({
  name: 'instance-norm',
  summary: 'Makes InstanceNormalization out of its arithmetic over the axes behind the channels',
  effect: 'reorders-floats',
  needs: ['shapes'],
  root: 'Add',
  opset: { min: 7 },
  match(node, { facts }) {
    const output = node.outputs[0]!;
    const dims = facts.dimsOf(output);
    const channels = dims?.[1];
    if (dims === undefined || dims.length < 3 || typeof channels !== 'number') return undefined;
    const perChannel = (value: Value): Tensor | undefined => channelsOf(value, channels, dims.length);
    const shifted = eitherOrder(node, perChannel);
    const product = producerOf(shifted?.other, 'Mul');
    const scaled = eitherOrder(product, perChannel);
    const quotient = producerOf(scaled?.other, 'Div');
    const [deviation, root] = quotient?.inputs ?? [];
    if (shifted === undefined || scaled === undefined || product === undefined || quotient === undefined)
      return undefined;
    const isOver = behindChannels(dims.length);
    const variance = varianceUnder(root, isOver);
    const centred = centredOf(deviation, isOver);
    if (variance === undefined || centred === undefined || variance.squared !== deviation) return undefined;
    if (dtypeOf(centred.input) !== 'float32' || facts.dimsOf(centred.input)?.[1] !== channels)
      return undefined;
    const inside = [node, product, quotient, ...variance.nodes, ...centred.nodes];
    if (!isClosed(inside, output)) return miss('a part of it is read elsewhere as well');
    const { input } = centred;
    const { epsilon } = variance;
    return { input, epsilon, scale: scaled.found, shift: shifted.found, output, name: node.name };
  },
  rewrite({ input, epsilon, scale, shift, output, name }, edit) {
    const inputs = [
      input,
      edit.constant(`${output.name}_scale`, scale),
      edit.constant(`${output.name}_shift`, shift),
    ];
    const attributes = [['epsilon', attribute.float(epsilon)]] as const;
    const replacement = edit.node('InstanceNormalization', inputs, { name, attributes }).outputs[0]!;
    replacement.type = output.type;
    edit.replace(output, replacement);
  },
});

/** A constant of [channels, 1, ...] behind broadcasting, as a vector. */
export function channelsOf(value: Value, channels: number, rank: number): Tensor | undefined {
  const tensor = constantOf(value);
  if (tensor?.dtype !== 'float32' || tensor.size !== channels || tensor.dims.length > rank) return undefined;
  const at = tensor.dims.length - rank + 1;
  if (at < 0 || tensor.dims[at] !== channels) return undefined;
  return Tensor.fromBytes(tensor.dtype, [channels], tensor.bytes());
}

function behindChannels(rank: number): IsOver {
  return (reduce: Node) => {
    const axes = reducedAxes(reduce)?.map((axis) => (axis < 0 ? axis + rank : axis));
    return axes?.length === rank - 2 && axes.every((axis) => axis >= 2);
  };
}
