import type { Node } from '../../ir/node.js';
import { Tensor } from '../../tensor/tensor.js';
import { fusion, miss } from '../fusion.js';
import { integersOf, producerOf } from '../match.js';

/** Only the last of several reshapes decides the dims, unless it copies one (a zero) from the reshape before. */
export const reshapeReshape = fusion({
  name: 'reshape-reshape',
  summary:
    'Lets a Reshape read what was there before the Reshape, Flatten, Squeeze or Unsqueeze in front of it',
  effect: 'exact',
  needs: ['shapes'],
  root: 'Reshape',
  // The target is an attribute before.
  opset: { min: 5 },
  match(outer) {
    const [before, shape] = outer.inputs;
    const inner = producerOf(before, 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze');
    const input = inner?.inputs[0];
    if (inner === undefined || input === undefined) return undefined;
    const target = integersOf(shape);
    if (target === undefined) return miss('its target shape is not constant');
    const resolved = target.includes(0) ? withoutZeros(outer, target) : target;
    if (resolved === undefined) return miss('its target copies a dim that is not known');
    return { outer, input, shape: resolved === target ? shape : resolved, output: outer.outputs[0]! };
  },
  rewrite({ outer, input, shape, output }, edit) {
    const target = Array.isArray(shape)
      ? edit.constant(outer.inputs[1]!.name, Tensor.int64([shape.length], shape))
      : shape;
    edit.replace(output, edit.like(outer, [input, target]).outputs[0]!);
  },
});

/** The target with each copied dim written out, where these are known. */
function withoutZeros(node: Node, target: readonly number[]): number[] | undefined {
  const type = node.inputs[0]?.type;
  if (type?.kind !== 'tensor' || node.int('allowzero', 0) !== 0) return undefined;
  const resolved = target.map((length, axis) => (length === 0 ? type.dims?.[axis] : length));
  // An empty tensor has dims that no -1 and no written dim may stand for.
  return resolved.every((length) => typeof length === 'number' && length !== 0)
    ? (resolved as number[])
    : undefined;
}
