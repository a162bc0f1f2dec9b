import { Tensor } from '../../tensor/tensor.js';
import { fusion } from '../fusion.js';
import { reshapeTarget } from './reshape-target.js';

/** Only axes of length one move: the elements stay where they are, and Reshapes around may take it in. */
export const transposeOnes = fusion({
  name: 'transpose-ones',
  summary: 'Makes a Reshape of a Transpose that moves nothing but axes of length one, next to another one',
  effect: 'exact',
  needs: ['shapes'],
  root: 'Transpose',
  opset: { min: 5 },
  match(node, { facts }) {
    const [input] = node.inputs;
    const dims = facts.dimsOf(input);
    const perm = node.ints('perm');
    const output = node.outputs[0]!;
    if (input === undefined || dims === undefined || perm?.length !== dims.length) return undefined;
    const moving = perm.filter((axis) => dims[axis] !== 1);
    if (moving.some((axis, index) => index > 0 && axis < moving[index - 1]!)) return undefined;
    if (
      !isReshaping(input.producer?.opType) &&
      !output.consumers.some((reader) => isReshaping(reader.opType))
    )
      return undefined;
    const target = reshapeTarget(
      dims,
      perm.map((axis) => dims[axis]),
    );
    return target === undefined ? undefined : { input, output, target, name: node.name };
  },
  rewrite({ input, output, target, name }, edit) {
    const shape = edit.constant(`${output.name}_shape`, Tensor.int64([target.length], target));
    const replacement = edit.node('Reshape', [input, shape], { name }).outputs[0]!;
    replacement.type = output.type;
    edit.replace(output, replacement);
  },
});

function isReshaping(opType: string | undefined): boolean {
  return opType === 'Reshape' || opType === 'Squeeze' || opType === 'Unsqueeze' || opType === 'Flatten';
}
