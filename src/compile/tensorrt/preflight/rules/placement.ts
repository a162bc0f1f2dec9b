import type { Node } from '../../../../ir/node.js';
import type { Value } from '../../../../ir/value.js';
import { findingAt, nodesOf, type PreflightRule } from '../rule.js';

const name = 'placement';

/**
 * Where TensorRT computes with integers: in a multiplication whose two operands are both dequantized, with a scale for
 * each channel of the weights; and in the sum that closes a residual branch, when the operand that does not come from the
 * convolution is dequantized ("Q/DQ Layer-Placement Recommendations" in the chapter on quantized types of NVIDIA's
 * TensorRT documentation). Anything else runs, in float or less exactly.
 */
export const placement: PreflightRule = {
  name,
  summary: 'QuantizeLinear and DequantizeLinear where TensorRT does not fuse them',
  check({ model }) {
    const products = nodesOf(model).filter((node) => node.is('Conv', 'ConvTranspose', 'Gemm', 'MatMul'));
    const hint = 'quantize the float model with --target tensorrt, which places them where they are fused';
    return [
      ...findingAt(products.filter(isHalfQuantized), {
        rule: name,
        severity: 'warning',
        message: 'multiplications with one operand quantized and the other not, which are computed in float',
        hint,
      }),
      ...findingAt(products.filter(hasOneScale), {
        rule: name,
        severity: 'warning',
        message: 'weights with one scale for all channels, which costs accuracy',
        hint,
      }),
      ...findingAt(nodesOf(model).filter(isOpenResidual), {
        rule: name,
        severity: 'warning',
        message:
          'residual sums whose other operand is not quantized, which are not fused into the convolution',
        hint,
      }),
    ];
  },
};

/** Behind a DequantizeLinear, also where data is only moved in between. */
function isDequantized(value: Value | undefined): boolean {
  const producer = value?.producer;
  if (producer?.is('Transpose', 'Reshape', 'Squeeze', 'Unsqueeze') === true)
    return isDequantized(producer.inputs[0]);
  return producer?.is('DequantizeLinear') === true;
}

function isHalfQuantized({ inputs: [data, weights] }: Node): boolean {
  return isDequantized(data) !== isDequantized(weights);
}

function hasOneScale({ inputs: [, weights] }: Node): boolean {
  const producer = weights?.producer;
  if (producer?.is('DequantizeLinear') !== true) return false;
  const [stored, scale] = producer.inputs;
  const dims = stored?.constant?.dims ?? [];
  // A vector, or a kernel of a single channel, has nothing to tell apart.
  return dims.length > 1 && dims.some((length) => length > 1) && scale?.constant?.size === 1 && dims[0] !== 1;
}

/** A sum of what a quantized convolution gives and of another value that is not constant, with nothing quantized. */
function isOpenResidual(node: Node): boolean {
  if (!node.is('Add', 'Sum') || node.inputs.length !== 2) return false;
  if (node.inputs.some((value) => value?.constant !== undefined || isDequantized(value))) return false;
  return node.inputs.some((value) => {
    const producer = value?.producer;
    return (
      producer?.is('Conv') === true && value!.consumers.length === 1 && isDequantized(producer.inputs[0])
    );
  });
}
