import type { Node } from '../../../../ir/node.js';
import { findingAt, nodesOf, type PreflightRule } from '../rule.js';
import { quantizedType } from './quantized-types.js';

const name = 'zero-points';

/** TensorRT's quantization is symmetric. */
export const zeroPoints: PreflightRule = {
  name,
  summary: 'zero points other than 0, and scales that are computed',
  check({ model }) {
    const pairs = nodesOf(model).filter((node) => node.is('QuantizeLinear', 'DequantizeLinear'));
    return [
      ...findingAt(pairs.filter(isAsymmetric), {
        rule: name,
        message: 'zero points other than 0, and TensorRT quantizes symmetrically',
        hint: 'quantize the float model with --target tensorrt, or let --fix change them',
        fixable: true,
      }),
      ...findingAt(
        pairs.filter(({ inputs: [, scale] }) => scale?.constant === undefined),
        {
          rule: name,
          message: 'scales that are computed while the model runs',
          hint: 'quantize statically: infer-opt quantize MODEL -o OUT --target tensorrt --mode static',
        },
      ),
    ];
  },
};

/** A uint8 type is told by its own rule; there 128 is as good as 0. */
function isAsymmetric(node: Node): boolean {
  const zeroPoint = node.inputs[2]?.constant;
  if (zeroPoint === undefined) return node.inputs[2] !== undefined;
  if (quantizedType(node)?.startsWith('float') === true) return false;
  const middle = zeroPoint.dtype === 'uint8' ? 128 : 0;
  return Array.from(zeroPoint.toNumbers()).some((value) => value !== middle);
}
