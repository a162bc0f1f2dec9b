import type { Node } from '../../ir/node.js';
import { abs } from './abs.js';
import { add } from './add.js';
import { averagePool } from './average-pool.js';
import { batchNormalization } from './batch-normalization.js';
import { cast } from './cast.js';
import { clip } from './clip.js';
import { concat } from './concat.js';
import { conv } from './conv.js';
import { convTranspose } from './conv-transpose.js';
import { cos } from './cos.js';
import { div } from './div.js';
import { dropout } from './dropout.js';
import { elu } from './elu.js';
import { erf } from './erf.js';
import { exp } from './exp.js';
import { expand } from './expand.js';
import { maximum, minimum } from './extremes.js';
import { gather } from './gather.js';
import { gelu, runtimeGelu } from './gelu.js';
import { gemm } from './gemm.js';
import { globalAveragePool, globalMaxPool } from './global-pools.js';
import type { Gradient } from './gradient.js';
import { hardSigmoid } from './hard-sigmoid.js';
import { hardSwish } from './hard-swish.js';
import { identity } from './identity.js';
import { instanceNormalization } from './instance-normalization.js';
import { layerNormalization } from './layer-normalization.js';
import { leakyRelu } from './leaky-relu.js';
import { log } from './log.js';
import { logSoftmax } from './log-softmax.js';
import { matmul } from './matmul.js';
import { maxPool } from './max-pool.js';
import { mul } from './mul.js';
import { neg } from './neg.js';
import { pad } from './pad.js';
import { pow } from './pow.js';
import { prelu } from './prelu.js';
import { reciprocal } from './reciprocal.js';
import {
  reduceL2,
  reduceLogSumExp,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceSum,
  reduceSumSquare,
} from './reduce.js';
import { relu } from './relu.js';
import { flatten, reshape, squeeze, unsqueeze } from './reshaping.js';
import { resize } from './resize.js';
import { sigmoid } from './sigmoid.js';
import { sin } from './sin.js';
import { slice } from './slice.js';
import { softmax } from './softmax.js';
import { softplus } from './softplus.js';
import { split } from './split.js';
import { sqrt } from './sqrt.js';
import { sub } from './sub.js';
import { sum } from './sum.js';
import { tanh } from './tanh.js';
import { transpose } from './transpose.js';
import { where } from './where.js';

/** Every operator that hands gradients back; the order is that of the documentation. */
export const gradients: readonly Gradient[] = [
  // What multiplies.
  conv,
  convTranspose,
  gemm,
  matmul,
  // Arithmetic that broadcasts.
  add,
  sub,
  mul,
  div,
  pow,
  sum,
  minimum,
  maximum,
  where,
  // Element by element.
  relu,
  leakyRelu,
  prelu,
  elu,
  clip,
  sigmoid,
  hardSigmoid,
  hardSwish,
  tanh,
  softplus,
  gelu,
  runtimeGelu,
  erf,
  exp,
  log,
  sqrt,
  reciprocal,
  abs,
  neg,
  sin,
  cos,
  identity,
  cast,
  dropout,
  // Over axes.
  softmax,
  logSoftmax,
  batchNormalization,
  layerNormalization,
  instanceNormalization,
  averagePool,
  maxPool,
  globalAveragePool,
  globalMaxPool,
  reduceSum,
  reduceMean,
  reduceMax,
  reduceMin,
  reduceSumSquare,
  reduceL2,
  reduceLogSumExp,
  // Places only.
  reshape,
  flatten,
  squeeze,
  unsqueeze,
  transpose,
  concat,
  split,
  slice,
  gather,
  pad,
  expand,
  resize,
];

const byOperator = new Map(gradients.map((one) => [`${one.domain ?? ''}:${one.operator}`, one]));

/** The gradient of a node's operator, if there is one. */
export function gradientOf(node: Node): Gradient | undefined {
  return byOperator.get(`${node.domain}:${node.opType}`);
}
