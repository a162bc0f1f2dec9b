import { isAtLeast, type TensorRtVersion } from '../../version.js';

/**
 * Operators of the standard that the parser has no importer for: those marked "N" in docs/operators.md of
 * onnx/onnx-tensorrt at TensorRT 10.15 (every one of them is "N", or not there, at 8.4 too). The list is of what is
 * refused, so that an operator that is newer than it is left to the parser to judge.
 */
const neverParsed: ReadonlySet<string> = new Set([
  'AffineGrid',
  'Bernoulli',
  'BitShift',
  'BitwiseAnd',
  'BitwiseNot',
  'BitwiseOr',
  'BitwiseXor',
  'CenterCropPad',
  'Col2Im',
  'Compress',
  'ConcatFromSequence',
  'DFT',
  'Det',
  'ImageDecoder',
  'MaxRoiPool',
  'MaxUnpool',
  'MelWeightMatrix',
  'Multinomial',
  'NegativeLogLikelihoodLoss',
  'Optional',
  'OptionalGetElement',
  'OptionalHasElement',
  'RegexFullMatch',
  'SequenceAt',
  'SequenceConstruct',
  'SequenceEmpty',
  'SequenceErase',
  'SequenceInsert',
  'SequenceLength',
  'SequenceMap',
  'SoftmaxCrossEntropyLoss',
  'SplitToSequence',
  'StringConcat',
  'StringNormalizer',
  'StringSplit',
  'TfIdfVectorizer',
  'Unique',
]);

/**
 * The first version whose parser takes an operator, from docs/Changelog.md of onnx/onnx-tensorrt ("Added support for
 * ..."); those that were always there, and those that its changelog does not date, are left out.
 */
const parsedSince: Readonly<Record<string, string>> = {
  Einsum: '8.2',
  GatherND: '8.2',
  IsNaN: '8.2',
  Round: '8.2',
  ScatterElements: '8.2',
  ScatterND: '8.2',
  Sign: '8.2',
  Shrink: '8.4',
  Xor: '8.4',
  GridSample: '8.5',
  MeanVarianceNormalization: '8.5',
  Mod: '8.5',
  NonZero: '8.5',
  RandomNormal: '8.5',
  RoiAlign: '8.5',
  Trilu: '8.5',
  GroupNormalization: '8.6',
  IsInf: '8.6',
  LayerNormalization: '8.6',
  Hardmax: '9.2',
  DeformConv: '10.1',
  BlackmanWindow: '10.4',
  HammingWindow: '10.4',
  HannWindow: '10.4',
  STFT: '10.5',
  Attention: '10.14',
  RMSNormalization: '10.15',
  RotaryEmbedding: '10.15',
  TensorScatter: '10.15',
};

/** Whether no version that we know parses an operator of the standard. */
export function isNeverParsed(opType: string): boolean {
  return neverParsed.has(opType);
}

/** The version that an operator needs, where the given one is older; undefined where it will do. */
export function neededVersion(opType: string, version: TensorRtVersion): string | undefined {
  const since = parsedSince[opType];
  return since === undefined || isAtLeast(version, since) ? undefined : since;
}
