import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';

/** Operators whose first output has as many dimensions as the first input. */
const keepsRank = new Set(
  `Abs Acos AveragePool BatchNormalization Cast CastLike Ceil Celu Clip Concat Conv ConvTranspose Cos CumSum
  DepthToSpace DequantizeLinear Dropout Elu Erf Exp Floor Gelu GlobalAveragePool GlobalLpPool GlobalMaxPool
  GroupNormalization HardSigmoid HardSwish Hardmax Identity InstanceNormalization LRN LayerNormalization
  LeakyRelu Log LogSoftmax LpNormalization LpPool MaxPool MaxUnpool Mish Neg Not PRelu Pad QuantizeLinear
  Reciprocal Relu Resize ReverseSequence Round ScatterElements Scatter Selu Shrink Sigmoid Sign Sin Slice
  Softmax Softplus Softsign SpaceToDepth Split Sqrt Tan Tanh ThresholdedRelu Tile TopK Transpose Trilu
  Upsample`.split(/\s+/),
);

/** Operators whose output has the largest rank among their inputs. */
const broadcasts = new Set(
  `Add And BitShift Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod Mul Or Pow Sub Sum
  Where Xor`.split(/\s+/),
);

const fixed: Readonly<Record<string, number>> = {
  Flatten: 2,
  Gemm: 2,
  NonMaxSuppression: 2,
  NonZero: 2,
  Shape: 1,
  Size: 0,
};

/**
 * How many dimensions a node's first output has, or undefined where the rules of the standard's operators
 * do not say it from the ranks of the inputs alone.
 */
export function outputRank(
  node: Node,
  rankOf: (value: Value) => number | undefined,
  integers: (value: Value) => readonly number[] | undefined,
): number | undefined {
  if (node.domain !== '') return undefined;
  const ranks = node.inputs.map((value) => (value === undefined ? undefined : rankOf(value)));
  if (keepsRank.has(node.opType)) return ranks[0];
  if (broadcasts.has(node.opType)) return largest(ranks);
  const settled = fixed[node.opType];
  if (settled !== undefined) return settled;
  const list = (attribute: string, input: number): readonly number[] | undefined => {
    const value = node.inputs[input];
    const found = node.attributes.get(attribute);
    return found?.kind === 'ints'
      ? found.value.map(Number)
      : value === undefined
        ? undefined
        : integers(value);
  };
  switch (node.opType) {
    case 'Constant': {
      const value = node.attributes.get('value');
      return value?.kind === 'tensor' ? value.value.dims.length : undefined;
    }
    case 'MatMul':
      return ranks.some((rank) => rank === undefined || rank < 2) ? undefined : largest(ranks);
    case 'Reshape':
      return list('shape', 1)?.length;
    case 'Unsqueeze':
      return sum(ranks[0], list('axes', 1)?.length);
    case 'Squeeze': {
      const axes = list('axes', 1);
      return axes === undefined ? undefined : sum(ranks[0], -axes.length);
    }
    case 'Gather':
      return sum(sum(ranks[0], ranks[1]), -1);
    default:
      return undefined;
  }
}

function largest(ranks: readonly (number | undefined)[]): number | undefined {
  let result = 0;
  for (const rank of ranks) {
    if (rank === undefined) return undefined;
    result = Math.max(result, rank);
  }
  return result;
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
