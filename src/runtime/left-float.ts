import type { Node } from '../ir/node.js';
import type { Value } from '../ir/value.js';
import { isDequantize, isQuantize } from './kernel-kind.js';

/** What the runtime fuses into an integer kernel besides the multiplication itself. */
const activations: ReadonlySet<string> = new Set(['Relu', 'Clip']);

/**
 * Why a multiplying kernel of the runtime's graph stayed float, as far as its surroundings tell: the runtime
 * makes it an integer kernel when its inputs come from DequantizeLinear, its one result goes into
 * QuantizeLinear, and scales and types fit together.
 */
export function whyFloat(kernel: Node): string {
  const [data, weight, bias] = kernel.inputs;
  if (data === undefined || weight === undefined) return 'its inputs are missing';
  if (!kernel.inputs.some((value) => isDequantize(value?.producer)) && !readsQuantized(kernel))
    return 'it is not quantized';
  if (!isDequantize(data.producer)) return `its input ${data.name} is not quantized${madeBy(data)}`;
  if (!isDequantize(weight.producer)) {
    return weight.constant === undefined
      ? `its input ${weight.name} is not quantized${madeBy(weight)}`
      : `its weight ${weight.name} is not quantized`;
  }
  const result = kernel.outputs[0];
  const behind = result === undefined ? undefined : quantizeBehind(result);
  if (typeof behind === 'string') return behind;
  const biasReason = bias === undefined ? undefined : whyNotBias(data, weight, bias);
  if (biasReason !== undefined) return biasReason;
  if (behind !== undefined && clampsBelow(kernel, result) && !startsAtZero(behind)) {
    return `between it and ${behind.label} stands an activation that the quantized range does not express: the zero point is not the lowest code`;
  }
  const inputType = quantizedType(data.producer);
  const readers = data.producer?.inputs[0]?.useCount ?? 0;
  if (inputType === 'int8' && readers > 1) {
    return `its activation is int8 and has ${readers} readers: the runtime turns it into uint8 only where it has one`;
  }
  const outputType = quantizedType(behind);
  if (behind !== undefined && inputType !== outputType)
    return `its input is ${inputType} and its output ${outputType}`;
  return `the runtime has no integer kernel for this ${kernel.opType}`;
}

function readsQuantized(kernel: Node): boolean {
  const result = kernel.outputs[0];
  return result !== undefined && result.consumers.some(isQuantize);
}

/** The QuantizeLinear that takes the result, over an activation or not; else the reason why there is none. */
function quantizeBehind(result: Value): Node | string {
  if (result.isGraphOutput) return 'its result is an output of the model, with no QuantizeLinear behind it';
  const consumers = result.consumers;
  const quantize = consumers.find(isQuantize);
  if (quantize !== undefined) {
    const other = consumers.find((node) => node !== quantize);
    return other === undefined ? quantize : `its float result is also read by ${other.label}`;
  }
  const [only] = consumers;
  if (
    consumers.length === 1 &&
    only !== undefined &&
    activations.has(only.opType) &&
    only.outputs[0] !== undefined
  ) {
    return quantizeBehind(only.outputs[0]);
  }
  return `no QuantizeLinear behind it${only === undefined ? '' : ` (${only.label} reads its result)`}`;
}

/**
 * An integer kernel adds the bias to its int32 sums as it is, so that its scale must be s_x*s_w. The runtime
 * takes one that is off by up to a hundredth (measured: 1.01 and 0.99 are taken, 1.02 and 0.9 are not).
 */
function whyNotBias(data: Value, weight: Value, bias: Value): string | undefined {
  if (!isDequantize(bias.producer)) return `its bias ${bias.name} is not quantized`;
  if (quantizedType(bias.producer) !== 'int32') return `its bias ${storedName(bias)} is not int32`;
  const [x, w, b] = [data, weight, bias].map((value) => value.producer?.inputs[1]?.constant?.toFloat32());
  if (x === undefined || w === undefined || b === undefined) return undefined;
  const fits = b.every((scale, index) => Math.abs(scale / (x[0]! * (w[index] ?? w[0]!)) - 1) < 0.015);
  return fits ? undefined : `the scale of its bias ${storedName(bias)} is not s_x*s_w`;
}

/** True when a Relu or Clip is part of the kernel, or follows it. */
function clampsBelow(kernel: Node, result: Value | undefined): boolean {
  return (
    kernel.attributes.has('activation') ||
    (result?.consumers.some(({ opType }) => activations.has(opType)) ?? false)
  );
}

/** True when the lowest code stands for zero, as it does behind a Relu: then saturation does the work of the Relu. */
function startsAtZero(quantize: Node): boolean {
  const zero = quantize.inputs[2]?.constant;
  if (zero === undefined) return true;
  const lowest = zero.dtype === 'int8' ? -128 : zero.dtype === 'int16' ? -32768 : 0;
  return Array.from(zero.toNumbers()).every((code) => code === lowest);
}

/** The integer type on the small side of a QuantizeLinear or DequantizeLinear: uint8 where nothing says another. */
function quantizedType(node: Node | undefined): string {
  return node?.inputs[2]?.constant?.dtype ?? node?.inputs[0]?.constant?.dtype ?? 'uint8';
}

/** The name under which a dequantized value is stored. */
function storedName(value: Value): string {
  return value.producer?.inputs[0]?.name ?? value.name;
}

function madeBy(value: Value): string {
  return value.producer === undefined ? '' : ` (${value.producer.label} makes it)`;
}
