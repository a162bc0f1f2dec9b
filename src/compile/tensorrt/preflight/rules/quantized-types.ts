import type { Node } from '../../../../ir/node.js';
import type { DType } from '../../../../tensor/dtype.js';
import { findingAt, nodesOf, type PreflightRule } from '../rule.js';

const name = 'quantized-types';

/** The integers of a QuantizeLinear or DequantizeLinear; uint8 where nothing says otherwise. */
export function quantizedType(node: Node): DType | undefined {
  const zeroPoint = node.inputs[2];
  if (zeroPoint?.constant !== undefined) return zeroPoint.constant.dtype;
  if (zeroPoint?.type?.kind === 'tensor') return zeroPoint.type.dtype;
  const data = node.is('DequantizeLinear') ? node.inputs[0] : node.outputs[0];
  if (data?.constant !== undefined) return data.constant.dtype;
  return data?.type?.kind === 'tensor' ? data.type.dtype : 'uint8';
}

const taken: ReadonlySet<DType> = new Set<DType>([
  'int8',
  'int4',
  'float8e4m3fn',
  'float4e2m1',
  'float8e8m0',
]);

/** TensorRT quantizes to signed integers: uint8 goes to its deep learning accelerators alone. */
export const quantizedTypes: PreflightRule = {
  name,
  summary: 'QuantizeLinear and DequantizeLinear of other integers than int8',
  check({ model }) {
    const pairs = nodesOf(model).filter((node) => node.is('QuantizeLinear', 'DequantizeLinear'));
    const isBias = (node: Node): boolean => quantizedType(node) === 'int32';
    const unsigned = pairs.filter((node) => quantizedType(node) === 'uint8');
    const others = pairs.filter((node) => {
      const dtype = quantizedType(node);
      return dtype !== undefined && dtype !== 'uint8' && !taken.has(dtype) && !isBias(node);
    });
    return [
      ...findingAt(unsigned, {
        rule: name,
        message: 'values quantized to uint8, and TensorRT takes int8 only',
        hint: 'quantize the float model with --target tensorrt, or let --fix change them',
        fixable: true,
      }),
      ...findingAt(others, {
        rule: name,
        message: 'values quantized to a type that TensorRT does not take',
        hint: 'quantize the float model with --target tensorrt',
      }),
      ...findingAt(pairs.filter(isBias), {
        rule: name,
        message: 'biases quantized to int32, and TensorRT wants them in float',
        hint: 'quantize the float model with --target tensorrt, or let --fix change them',
        fixable: true,
      }),
    ];
  },
};
