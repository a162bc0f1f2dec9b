import { attribute } from '../../ir/attribute.js';
import { eitherOrder, isClosed } from '../arithmetic.js';
import { fusion, miss } from '../fusion.js';
import { dtypeOf, producerOf, uniformOf } from '../match.js';
import { channelsOf } from './instance-norm.js';

/**
 * The way in which PyTorch writes it: the channels of a group become one channel, InstanceNormalization with ones
 * and zeros, and a scale and a shift for each channel. On request only: onnxruntime takes the operator apart again,
 * into more than there was.
 */
export const groupNorm = fusion({
  name: 'group-norm',
  summary: 'Makes GroupNormalization out of InstanceNormalization between Reshapes',
  effect: 'reorders-floats',
  needs: ['shapes'],
  root: 'Add',
  opset: { min: 21 },
  match(node, { facts }) {
    const output = node.outputs[0]!;
    const dims = facts.dimsOf(output);
    const channels = dims?.[1];
    if (dims === undefined || dims.length < 3 || typeof channels !== 'number') return undefined;
    const shifted = eitherOrder(node, (value) => channelsOf(value, channels, dims.length));
    const product = producerOf(shifted?.other, 'Mul');
    const scaled = eitherOrder(product, (value) => channelsOf(value, channels, dims.length));
    const back = producerOf(scaled?.other, 'Reshape');
    const norm = producerOf(back?.inputs[0], 'InstanceNormalization');
    const group = producerOf(norm?.inputs[0], 'Reshape');
    const input = group?.inputs[0];
    if (shifted === undefined || scaled === undefined || product === undefined || back === undefined)
      return undefined;
    if (norm === undefined || group === undefined || input === undefined) return undefined;
    if (uniformOf(norm.inputs[1]) !== 1 || uniformOf(norm.inputs[2]) !== 0)
      return miss('each group has a scale or a shift of its own');
    const [before, grouped] = [facts.dimsOf(input), facts.dimsOf(group.outputs[0])];
    const groups = grouped?.[1];
    if (grouped?.length !== 3 || typeof groups !== 'number' || channels % groups !== 0) return undefined;
    const isSame =
      before?.length === dims.length && before.every((dim, at) => dim !== undefined && dim === dims[at]);
    if (!isSame || grouped[0] === undefined || grouped[0] !== dims[0]) return undefined;
    if (dtypeOf(input) !== 'float32') return undefined;
    const inside = [node, product, back, norm, group];
    if (!isClosed(inside, output)) return miss('a part of it is read elsewhere as well');
    const epsilon = norm.float('epsilon', 1e-5);
    return { input, groups, epsilon, scale: scaled.found, shift: shifted.found, output, name: node.name };
  },
  rewrite({ input, groups, epsilon, scale, shift, output, name }, edit) {
    const inputs = [
      input,
      edit.constant(`${output.name}_scale`, scale),
      edit.constant(`${output.name}_shift`, shift),
    ];
    const replacement = edit.node('GroupNormalization', inputs, {
      name,
      attributes: [
        ['epsilon', attribute.float(epsilon)],
        ['num_groups', attribute.int(groups)],
      ],
    }).outputs[0]!;
    replacement.type = output.type;
    edit.replace(output, replacement);
  },
});
