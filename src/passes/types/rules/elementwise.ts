import { dtypeFromCode } from '../../../tensor/dtype.js';
import type { Dim } from '../../../ir/types.js';
import { isGiven, likeFirst, tensor, type Site, type TypeRule, type TypeRules } from '../site.js';

/**
 * The dims of tensors that are broadcast over each other (ONNX "Broadcasting in ONNX"). Two lengths of which
 * one is not a number: where the other is a number above 1 it wins, equal names stay, else nothing is known.
 */
export function broadcast(all: readonly (readonly Dim[] | undefined)[]): Dim[] | undefined {
  if (all.includes(undefined)) return undefined;
  const known = all as readonly (readonly Dim[])[];
  const rank = Math.max(...known.map((dims) => dims.length));
  return Array.from({ length: rank }, (_, axis) =>
    known
      .map((dims) => (axis < rank - dims.length ? 1 : dims[axis - rank + dims.length]))
      .reduce(broadcastDim),
  );
}

function broadcastDim(a: Dim, b: Dim): Dim {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  if (typeof a === 'number') return typeof b === 'number' ? undefined : a;
  if (typeof b === 'number') return b;
  if (isAtMost(b, a)) return a;
  return isAtMost(a, b) ? b : undefined;
}

/** The length of what is left of `most` elements when the first `length` are asked for, as a name. */
export function atMost(length: string, most: number): Dim {
  return length.includes('-') || length.length > 100 ? undefined : `=min(${length},${most})`;
}

/**
 * True for the smaller of `length` and a number above 1. It broadcasts over `length` only where it is the same: a
 * table of positions that is cut to the length of a sequence is added to the sequence, or nothing works at all.
 */
function isAtMost(dim: Dim, length: Dim): boolean {
  if (typeof dim !== 'string' || typeof length !== 'string') return false;
  const start = `=min(${length},`;
  return dim.startsWith(start) && /^([2-9]|\d\d+)\)$/.test(dim.slice(start.length));
}

const everyInput = (site: Site): (readonly Dim[] | undefined)[] =>
  site.node.inputs.map((_, index) => site.dims(index));

/** Until opset 6 the second operand was broadcast over the first by attributes. */
const binaryDims = (site: Site): readonly Dim[] | undefined =>
  site.opset < 7 ? site.dims(0) : broadcast([site.dims(0), site.dims(1)]);

const binary: TypeRule = (site) => [tensor(site.dtype(0) ?? site.dtype(1), binaryDims(site))];
const power: TypeRule = (site) => [tensor(site.dtype(0), binaryDims(site))];
const comparison: TypeRule = (site) => [tensor('bool', binaryDims(site))];
const test: TypeRule = (site) => [tensor('bool', site.dims(0))];

const variadic: TypeRule = (site) => [
  tensor(site.dtype(0) ?? site.dtype(1), site.opset < 8 ? site.dims(0) : broadcast(everyInput(site))),
];

const dropout: TypeRule = (site) => [
  tensor(site.dtype(0), site.dims(0)),
  tensor(site.opset < 10 ? site.dtype(0) : 'bool', site.dims(0)),
];

const cast: TypeRule = (site) => [tensor(dtypeFromCode(site.node.int('to', 0)), site.dims(0))];

const quantize: TypeRule = (site) => {
  const chosen = site.node.int('output_dtype', 0);
  const dtype = isGiven(site, 2) ? site.dtype(2) : chosen === 0 ? 'uint8' : dtypeFromCode(chosen);
  return [tensor(dtype, site.dims(0))];
};

const dequantize: TypeRule = (site) => {
  const chosen = site.node.int('output_dtype', 0);
  return [tensor(chosen === 0 ? site.dtype(1) : dtypeFromCode(chosen), site.dims(0))];
};

function all(names: string, rule: TypeRule): TypeRules {
  return Object.fromEntries(names.split(' ').map((name) => [name, rule]));
}

export const elementwiseRules: TypeRules = {
  ...all(
    'Abs Neg Relu LeakyRelu Elu Selu Celu ThresholdedRelu Sigmoid HardSigmoid HardSwish Swish Tanh Exp Log Sqrt ' +
      'Reciprocal Floor Ceil Round Erf Sign Softplus Softsign Mish Gelu Sin Cos Tan Sinh Cosh Asin Acos Atan ' +
      'Asinh Acosh Atanh Not BitwiseNot Softmax LogSoftmax Hardmax Identity Clip CumSum Trilu LpNormalization ' +
      'InstanceNormalization LRN MeanVarianceNormalization GroupNormalization RMSNormalization PRelu ScatterND ' +
      'ScatterElements Scatter ReverseSequence Shrink LayerNormalization BatchNormalization',
    likeFirst,
  ),
  ...all('Add Sub Mul Div Mod BitShift BitwiseAnd BitwiseOr BitwiseXor And Or Xor', binary),
  ...all('Equal Less LessOrEqual Greater GreaterOrEqual', comparison),
  ...all('IsNaN IsInf', test),
  ...all('Max Min Sum Mean', variadic),
  Pow: power,
  Where: (site) => [
    tensor(site.dtype(1) ?? site.dtype(2), broadcast([site.dims(0), site.dims(1), site.dims(2)])),
  ],
  Dropout: dropout,
  Cast: cast,
  CastLike: (site) => [tensor(site.dtype(1), site.dims(0))],
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
};
