import type { Node } from '../../ir/node.js';
import type { HalfType } from './half-type.js';

/** Inputs that the standard wants in float32 whatever the data is, by operator. */
const fixedInputs: Readonly<Record<string, readonly number[]>> = {
  Resize: [1, 2],
  Upsample: [1],
};

/** Operators without a 16-bit form in the standard, or whose 16-bit form came with the opset given. */
const sinceOpset: Readonly<Record<string, number>> = {
  QuantizeLinear: 19,
  DequantizeLinear: 19,
  CumSum: 14,
  IsInf: 20,
  Celu: Infinity,
  DynamicQuantizeLinear: Infinity,
  QLinearConv: Infinity,
  QLinearMatMul: Infinity,
  NonMaxSuppression: Infinity,
  Multinomial: Infinity,
  StringNormalizer: Infinity,
  TfIdfVectorizer: Infinity,
  ImageDecoder: Infinity,
  MelWeightMatrix: Infinity,
  HannWindow: Infinity,
  HammingWindow: Infinity,
  BlackmanWindow: Infinity,
  Range: Infinity,
};

/** Operators that knew float16 long before bfloat16, which came to them with opset 22. */
const bfloat16Since22: ReadonlySet<string> = new Set([
  'Acos',
  'Acosh',
  'Asin',
  'Asinh',
  'Atan',
  'Atanh',
  'AveragePool',
  'Bernoulli',
  'Conv',
  'ConvTranspose',
  'Cos',
  'Cosh',
  'DeformConv',
  'Det',
  'Dropout',
  'Elu',
  'EyeLike',
  'GlobalAveragePool',
  'GlobalLpPool',
  'GlobalMaxPool',
  'GridSample',
  'GRU',
  'HardSigmoid',
  'HardSwish',
  'InstanceNormalization',
  'LpNormalization',
  'LpPool',
  'LSTM',
  'MaxPool',
  'MaxRoiPool',
  'MaxUnpool',
  'Mish',
  'NegativeLogLikelihoodLoss',
  'RandomNormal',
  'RandomUniform',
  'RNN',
  'RoiAlign',
  'Round',
  'Selu',
  'Sin',
  'Sinh',
  'Softplus',
  'Softsign',
  'Tan',
  'ThresholdedRelu',
]);

export function isFixedInput(node: Node, index: number): boolean {
  return node.domain === '' && fixedInputs[node.opType]?.includes(index) === true;
}

/** Why a node must go on in float32; undefined when it can compute in 16 bits. */
export function refuseHalf(node: Node, dtype: HalfType, opset: number): string | undefined {
  if (node.domain !== '') return `${node.qualifiedType} is no operator of the standard`;
  const since = sinceOpset[node.opType];
  if (since !== undefined && opset < since) {
    return since === Infinity
      ? `${node.opType} has no 16-bit form`
      : `${node.opType} has one since opset ${since}`;
  }
  if (dtype === 'bfloat16' && opset < 22 && bfloat16Since22.has(node.opType)) {
    return `${node.opType} knows bfloat16 since opset 22`;
  }
  return undefined;
}
