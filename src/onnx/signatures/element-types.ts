import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { dtypeFromCode, type DType } from '../../tensor/dtype.js';

/** Outputs that always have the same element type, by operator and output index. */
const fixed: Readonly<Record<string, readonly (DType | undefined)[]>> = {
  And: ['bool'],
  ArgMax: ['int64'],
  ArgMin: ['int64'],
  ConvInteger: ['int32'],
  DynamicQuantizeLinear: ['uint8', 'float32', 'uint8'],
  Equal: ['bool'],
  Greater: ['bool'],
  GreaterOrEqual: ['bool'],
  ImageDecoder: ['uint8'],
  IsInf: ['bool'],
  IsNaN: ['bool'],
  Less: ['bool'],
  LessOrEqual: ['bool'],
  MatMulInteger: ['int32'],
  MaxPool: [undefined, 'int64'],
  NonMaxSuppression: ['int64'],
  NonZero: ['int64'],
  Not: ['bool'],
  OptionalHasElement: ['bool'],
  Or: ['bool'],
  RegexFullMatch: ['bool'],
  SequenceLength: ['int64'],
  Shape: ['int64'],
  Size: ['int64'],
  StringSplit: ['string', 'int64'],
  TfIdfVectorizer: ['float32'],
  TopK: [undefined, 'int64'],
  Unique: [undefined, 'int64', 'int64', 'int64'],
  Xor: ['bool'],
};

/** Outputs whose element type is that of another input than the first. */
const sameAsInput: Readonly<Record<string, number>> = {
  CastLike: 1,
  OneHot: 2,
  QLinearConv: 7,
  QLinearMatMul: 7,
  RMSNormalization: 1,
  Where: 1,
};

/** Operators whose element type is said by an attribute, with the type that holds without it. */
const byAttribute: Readonly<Record<string, { attribute: string; otherwise: DType | 'first input' }>> = {
  Bernoulli: { attribute: 'dtype', otherwise: 'first input' },
  BlackmanWindow: { attribute: 'output_datatype', otherwise: 'float32' },
  Cast: { attribute: 'to', otherwise: 'first input' },
  EyeLike: { attribute: 'dtype', otherwise: 'first input' },
  HammingWindow: { attribute: 'output_datatype', otherwise: 'float32' },
  HannWindow: { attribute: 'output_datatype', otherwise: 'float32' },
  MelWeightMatrix: { attribute: 'output_datatype', otherwise: 'float32' },
  Multinomial: { attribute: 'dtype', otherwise: 'int32' },
  RandomNormal: { attribute: 'dtype', otherwise: 'float32' },
  RandomNormalLike: { attribute: 'dtype', otherwise: 'first input' },
  RandomUniform: { attribute: 'dtype', otherwise: 'float32' },
  RandomUniformLike: { attribute: 'dtype', otherwise: 'first input' },
};

/** Operators of which nothing can be said without looking into bodies, sequences or other versions. */
const unknown = new Set([
  'BitCast',
  'ConcatFromSequence',
  'If',
  'Loop',
  'Optional',
  'OptionalGetElement',
  'Scan',
]);
const sequences = new Set([
  'SequenceAt',
  'SequenceConstruct',
  'SequenceEmpty',
  'SequenceInsert',
  'SequenceErase',
]);

/** Operators all of whose outputs have the first input's element type. */
const allOutputs = new Set(['GRU', 'LSTM', 'RNN', 'Split', 'BatchNormalization']);

/**
 * The element type of a node's output by the rules of the standard's operators, or undefined where they do
 * not say (bodies, sequences, operators of other domains). `typeOf` knows the node's inputs.
 */
export function outputElementType(
  node: Node,
  index: number,
  typeOf: (value: Value) => DType | undefined,
): DType | undefined {
  const { opType } = node;
  if (node.domain !== '' || unknown.has(opType) || sequences.has(opType)) return undefined;
  const input = (at: number): DType | undefined => {
    const value = node.inputs[at];
    return value === undefined ? undefined : typeOf(value);
  };
  const always = fixed[opType]?.[index];
  if (always !== undefined) return always;
  switch (opType) {
    case 'Constant':
      return constantType(node);
    case 'ConstantOfShape':
      return node.attributes.has('value') ? node.tensor('value')?.dtype : 'float32';
    case 'QuantizeLinear':
      return input(2) ?? typeByAttribute(node, 'output_dtype') ?? 'uint8';
    case 'DequantizeLinear':
      return typeByAttribute(node, 'output_dtype') ?? input(1);
  }
  const said = byAttribute[opType];
  if (said !== undefined) {
    if (node.attributes.has(said.attribute)) return typeByAttribute(node, said.attribute);
    return said.otherwise === 'first input' ? input(0) : said.otherwise;
  }
  if (index > 0 && !allOutputs.has(opType)) return undefined;
  return input(sameAsInput[opType] ?? 0);
}

function typeByAttribute(node: Node, name: string): DType | undefined {
  const found = node.attributes.get(name);
  if (found?.kind === 'int') return dtypeFromCode(Number(found.value));
  return found?.kind === 'string' ? dtypeFromName(found.value) : undefined;
}

const namesOfTypes: Readonly<Record<string, DType>> = {
  FLOAT: 'float32',
  DOUBLE: 'float64',
  FLOAT16: 'float16',
  BFLOAT16: 'bfloat16',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  BOOL: 'bool',
  STRING: 'string',
  COMPLEX64: 'complex64',
  COMPLEX128: 'complex128',
};

/** The element type by its name in TensorProto.DataType, as Cast said it before operator set 6. */
export function dtypeFromName(name: string): DType | undefined {
  return namesOfTypes[name.toUpperCase()];
}

function constantType(node: Node): DType | undefined {
  for (const [name, { kind, value }] of node.attributes) {
    if (name === 'value' && kind === 'tensor') return value.dtype;
    if (name === 'value_float' || name === 'value_floats') return 'float32';
    if (name === 'value_int' || name === 'value_ints') return 'int64';
    if (name === 'value_string' || name === 'value_strings') return 'string';
  }
  return undefined;
}
