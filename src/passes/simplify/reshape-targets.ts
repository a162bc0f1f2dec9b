import { Tensor } from '../../tensor/tensor.js';
import { fusion, miss } from '../fusion.js';
import { constantOf } from '../match.js';
import { reshapeTarget } from './reshape-target.js';

/**
 * A Reshape whose target is computed from dims: with each length that is known written out, each that the
 * input has at the same place copied (0), and at most one left to the rest (-1), the target is a constant and
 * the arithmetic behind it goes away. The runtime's own ReshapeFusion does the same for one pattern of it.
 */
export const reshapeTargets = fusion({
  name: 'reshape-targets',
  summary: 'Writes Reshape targets that are computed from symbolic dims as constants with 0 and -1',
  effect: 'exact',
  needs: ['shapes'],
  root: 'Reshape',
  opset: { min: 5 },
  match(node, { facts }) {
    const [input, shape] = node.inputs;
    if (input === undefined || shape === undefined || constantOf(shape) !== undefined) return undefined;
    const target = facts.integersOf(shape);
    if (target === undefined) return undefined;
    const copies = node.int('allowzero', 0) === 0;
    const written = reshapeTarget(facts.dimsOf(input), target.elements, copies);
    if (written === undefined) return miss('more than one length of its target is not known');
    return { node, input, shape, written };
  },
  rewrite({ node, input, shape, written }, edit) {
    const target = edit.constant(shape.name, Tensor.int64([written.length], written));
    const output = node.outputs[0]!;
    const replacement = edit.like(node, [input, target]).outputs[0]!;
    replacement.type = output.type;
    edit.replace(output, replacement);
  },
});
