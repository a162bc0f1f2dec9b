import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';

/** Integers with their scale and zero point, as QuantizeLinear and DequantizeLinear take them. */
export interface Quantized {
  readonly integers: Value;
  readonly scale: Value;
  readonly zeroPoint: Value | undefined;
}

/** An operator that computes on integers what a float operator does between DequantizeLinear and QuantizeLinear. */
export interface OperatorForm {
  /** Operators of the standard's domain that it stands for. */
  readonly replaces: readonly string[];
  readonly opType: string;
  readonly domain: '' | 'com.microsoft';
  /** Inputs of the integer operator, from those of the float one (undefined where left out) and the output's scale and zero point. */
  inputs(
    operands: readonly (Quantized | undefined)[],
    output: Omit<Quantized, 'integers'>,
  ): (Value | undefined)[];
  /** Attributes of the float operator that it does not know, or that say nothing any more. */
  readonly drops?: readonly string[];
  /** Where the scale of the output stands among its inputs; the zero point follows. */
  readonly outputScale: number;
  /** Why this node has no such form. */
  refuse?(node: Node): boolean;
}

const parts = (operand: Quantized | undefined): (Value | undefined)[] => [
  operand?.integers,
  operand?.scale,
  operand?.zeroPoint,
];

function unary(replaces: string, opType: string): OperatorForm {
  return {
    replaces: [replaces],
    opType,
    domain: 'com.microsoft',
    outputScale: 3,
    inputs: ([data], { scale, zeroPoint }) => [...parts(data), scale, zeroPoint],
  };
}

function binary(replaces: string, opType: string): OperatorForm {
  return {
    replaces: [replaces],
    opType,
    domain: 'com.microsoft',
    outputScale: 6,
    inputs: ([a, b], { scale, zeroPoint }) => [...parts(a), ...parts(b), scale, zeroPoint],
  };
}

/**
 * The operators of the standard and of onnxruntime's own set for 8-bit integers
 * (https://onnx.ai/onnx/operators, onnxruntime's docs/ContribOperators.md).
 */
export const operatorForms: readonly OperatorForm[] = [
  {
    replaces: ['Conv'],
    opType: 'QLinearConv',
    domain: '',
    outputScale: 6,
    inputs: ([data, weights, bias], { scale, zeroPoint }) => [
      ...parts(data),
      ...parts(weights),
      scale,
      zeroPoint,
      ...(bias === undefined ? [] : [bias.integers]),
    ],
  },
  { ...binary('MatMul', 'QLinearMatMul'), domain: '' },
  {
    replaces: ['Gemm'],
    opType: 'QGemm',
    domain: 'com.microsoft',
    outputScale: 7,
    drops: ['beta'],
    inputs: ([data, weights, bias], { scale, zeroPoint }) => [
      ...parts(data),
      ...parts(weights),
      bias?.integers,
      scale,
      zeroPoint,
    ],
  },
  binary('Add', 'QLinearAdd'),
  binary('Mul', 'QLinearMul'),
  {
    replaces: ['Concat'],
    opType: 'QLinearConcat',
    domain: 'com.microsoft',
    outputScale: 0,
    inputs: (operands, { scale, zeroPoint }) => [scale, zeroPoint, ...operands.flatMap(parts)],
  },
  {
    ...unary('AveragePool', 'QLinearAveragePool'),
    // The integer operator came before them.
    refuse: (node) =>
      node.attributes.has('dilations') && (node.ints('dilations') ?? []).some((one) => one !== 1),
    drops: ['dilations'],
  },
  unary('GlobalAveragePool', 'QLinearGlobalAveragePool'),
  unary('LeakyRelu', 'QLinearLeakyRelu'),
  unary('Sigmoid', 'QLinearSigmoid'),
];
