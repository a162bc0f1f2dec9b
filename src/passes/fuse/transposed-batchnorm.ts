import { Miss, fusion, miss } from '../fusion.js';
import { soleProducer } from '../match.js';
import { affineOfBatchNormalization, doesNotFit, roundedTensor } from './affine.js';

/** Sequence models turn their channels forward for a BatchNormalization and back again: a scale and a shift of the last axis. */
export const transposedBatchNorm = fusion({
  name: 'transposed-batchnorm',
  summary: 'Makes Mul and Add of a BatchNormalization between two Transposes that cancel',
  effect: 'reorders-floats',
  needs: ['shapes'],
  root: 'Transpose',
  opset: { min: 7 },
  match(outer) {
    const norm = soleProducer(outer.inputs[0], 'BatchNormalization');
    const inner = soleProducer(norm?.inputs[0], 'Transpose');
    const input = inner?.inputs[0];
    const [first, second] = [inner?.ints('perm'), outer.ints('perm')];
    if (norm === undefined || input === undefined || first === undefined || second?.length !== first.length)
      return undefined;
    // Channels are axis 1 between the two; they must come from the last axis and go back to it.
    if (first[1] !== first.length - 1 || second.some((axis, index) => first[axis] !== index))
      return undefined;
    const affine = affineOfBatchNormalization(norm);
    if (affine === undefined || affine instanceof Miss) return affine;
    const dtype = norm.inputs[1]!.constant!.dtype;
    const channels = affine.scale.length;
    const scale = roundedTensor(dtype, [channels], affine.scale);
    const shift = roundedTensor(dtype, [channels], affine.shift);
    return scale === undefined || shift === undefined
      ? miss(doesNotFit)
      : { outer, norm, input, scale, shift };
  },
  rewrite({ outer, norm, input, scale, shift }, edit) {
    const output = outer.outputs[0]!;
    const scaled = edit.node('Mul', [input, edit.constant(`${norm.name}_scale`, scale)], { name: norm.name })
      .outputs[0]!;
    const shifted = edit.node('Add', [scaled, edit.constant(`${norm.name}_shift`, shift)], {
      name: `${norm.name}_shifted`,
    }).outputs[0]!;
    scaled.type = output.type;
    shifted.type = output.type;
    edit.replace(output, shifted);
  },
});
