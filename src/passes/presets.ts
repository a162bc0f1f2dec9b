import type { Pass } from './pass.js';
import { convAdd, convScale } from './fuse/conv-arithmetic.js';
import { batchNormConv } from './fuse/batchnorm-conv.js';
import { attention } from './fuse/attention-standard.js';
import { einsumMatMul } from './fuse/einsum-matmul.js';
import { gemmTransposes } from './fuse/gemm-transposes.js';
import { groupNorm } from './fuse/group-norm.js';
import { instanceNorm } from './fuse/instance-norm.js';
import { lpNorm } from './fuse/lp-norm.js';
import { parallelHeads } from './fuse/parallel-heads.js';
import { pointwiseConvs } from './fuse/pointwise-convs.js';
import { rmsNorm, runtimeRmsNorm } from './fuse/rms-norm.js';
import { rotaryEmbedding } from './fuse/rotary-embedding.js';
import { mish, softplus } from './fuse/smooth-activations.js';
import { softmax } from './fuse/softmax.js';
import { gatherSlice } from './simplify/gather-slice.js';
import { inlineFunctions } from './simplify/inline-functions.js';
import { convBatchNorm } from './fuse/conv-batchnorm.js';
import { gemmBatchNorm } from './fuse/gemm-batchnorm.js';
import { matMulAdd } from './fuse/matmul-add.js';
import { mergeClips } from './fuse/merge-clips.js';
import { padConv } from './fuse/pad-conv.js';
import { padPool } from './fuse/pad-pool.js';
import { uniformClip } from './fuse/uniform-clip.js';
import { castCast } from './simplify/cast-cast.js';
import { concatSlice } from './simplify/concat-slice.js';
import { conditionalSqueeze } from './simplify/conditional-squeeze.js';
import { constantIf } from './simplify/constant-if.js';
import { equalIntegers } from './simplify/equal-integers.js';
import { neutralOperands } from './simplify/neutral-operands.js';
import { reshapeChains } from './simplify/reshape-chains.js';
import { scatterBlock } from './simplify/scatter-block.js';
import { sliceSlice } from './simplify/slice-slice.js';
import { transposeThrough, transposeBinary } from './simplify/transpose-through.js';
import { slicesSplit } from './simplify/slices-split.js';
import { broadcastExpands } from './simplify/broadcast-expands.js';
import { denseReshapes } from './fuse/dense-reshapes.js';
import { gatedHardSigmoid, hardSigmoid, hardSwish } from './fuse/hard-sigmoid.js';
import { gelu } from './fuse/gelu-standard.js';
import { layerNorm, layerNormAnyOpset } from './fuse/layer-norm.js';
import { scalarChains } from './fuse/scalar-chains.js';
import { rangeScalars } from './simplify/range-scalars.js';
import { transposeOnes } from './simplify/transpose-ones.js';
import { transposedBatchNorm } from './fuse/transposed-batchnorm.js';
import { reshapeAround } from './simplify/reshape-around.js';
import { runtimeGelu } from './fuse/runtime-gelu.js';
import { fusedConv } from './fuse/fused-conv.js';
import { runtimeAttention } from './fuse/runtime-attention.js';
import { residualSums } from './fuse/residual-sums.js';
import { commonSubexpressions } from './simplify/common-subexpressions.js';
import { constantNodes } from './simplify/constant-nodes.js';
import { constantsNotInputs } from './simplify/constants-not-inputs.js';
import { deadNodes } from './simplify/dead-nodes.js';
import { duplicateConstants } from './simplify/duplicate-constants.js';
import { foldConstants } from './simplify/fold-constants.js';
import { foldShapes } from './simplify/fold-shapes.js';
import { identities } from './simplify/identities.js';
import { reshapeReshape } from './simplify/reshape-reshape.js';
import { reshapeTargets } from './simplify/reshape-targets.js';
import { transposeTranspose } from './simplify/transpose-transpose.js';

/** Only what leaves every output bit as it was. */
export const simplifyPasses: readonly Pass[] = [
  // First: nothing may be folded into a weight that a caller could replace.
  constantsNotInputs,
  // Nothing after it needs to look at what no output depends on.
  deadNodes,
  // Every later pass recognises constants of the graph only.
  constantNodes,
  // Before evaluation: it needs no runtime, and makes constants that evaluation then goes on from.
  foldShapes,
  foldConstants,
  // Before branches are chosen: it settles ranks that other conditions ask for.
  conditionalSqueeze,
  // A condition that was computed is a constant by now.
  constantIf,
  // What folding leaves of shape arithmetic hangs on dims without a length.
  reshapeTargets,
  // After folding: targets, pads and repeats that were computed are constants by now.
  identities,
  rangeScalars,
  neutralOperands,
  castCast,
  // A node that stood between two others is gone by now.
  transposeTranspose,
  reshapeReshape,
  reshapeChains,
  reshapeAround,
  transposeOnes,
  transposeThrough,
  transposeBinary,
  // The places that it looks at were computed, and makes Concats and Slices.
  scatterBlock,
  // Before Slices are looked at together.
  gatherSlice,
  concatSlice,
  sliceSlice,
  // Slices that were merged are no part of a whole any more.
  slicesSplit,
  broadcastExpands,
  // Shape arithmetic that is left comes to the same lengths by several ways.
  equalIntegers,
  // Equal nodes can only be told by their inputs: constants first.
  duplicateConstants,
  commonSubexpressions,
];

/** Fusions to standard operators, good for any runtime. */
export const fusePasses: readonly Pass[] = [
  // Padding first: arithmetic behind a Conv does not mind it, and a Conv with its padding is complete.
  padConv,
  // Before merging clips: whether a pool may take a Pad can depend on the Relu in front of it.
  padPool,
  mergeClips,
  // BatchNormalization before Mul and Add: they may stand behind it.
  convBatchNorm,
  // One that stands behind no Conv may stand in front of one.
  batchNormConv,
  convScale,
  convAdd,
  // With all that is folded into them.
  pointwiseConvs,
  // Last of those around Conv: it looks for the Conv right in front of the Min.
  uniformClip,
  // A MatMul whose Add is already its bias takes a BatchNormalization whole.
  matMulAdd,
  gemmBatchNorm,
  gemmTransposes,
];

/** What the standard has an operator for, and models are written without: it stands in the way of integer kernels. */
const operatorPasses: readonly Pass[] = [
  // Reshapes around a product first: patterns look through products.
  denseReshapes,
  transposedBatchNorm,
  gatedHardSigmoid,
  hardSigmoid,
  hardSwish,
  einsumMatMul,
  softmax,
  mish,
  gelu,
  layerNorm,
  rmsNorm,
  instanceNorm,
  lpNorm,
  // Behind Softmax, which is a part of it.
  attention,
  parallelHeads,
  // Last: the numbers in a pattern must still be those of the pattern.
  scalarChains,
];

/** What integer kernels need: no float node between a Conv, Gemm or MatMul and its activation, ranges in one Clip. */
export const preparePasses: readonly Pass[] = [...simplifyPasses, ...fusePasses];

/** `--level safe`. */
export const safePasses: readonly Pass[] = simplifyPasses;

/** `--level basic`. */
export const basicPasses: readonly Pass[] = [...simplifyPasses, ...fusePasses, ...operatorPasses];

/**
 * `--level full`: operators of onnxruntime that are one kernel in place of several, which it makes itself at its
 * default optimization, and its own bad fusion kept from happening. Not among them: SkipLayerNormalization, which
 * is slower than what it replaces, and BiasGelu, FusedMatMul and MultiHeadAttention, of which no gain was measured.
 */
export const fullPasses: readonly Pass[] = [
  // Merged heads are fewer nodes, and measure no faster in the runtime; the others come later.
  ...basicPasses.filter((pass) => ![scalarChains, parallelHeads, attention].includes(pass)),
  // With its projections it measures faster than the standard's alone, which takes what is left.
  runtimeAttention,
  attention,
  // Before numbers are joined, as above.
  runtimeGelu,
  layerNormAnyOpset,
  runtimeRmsNorm,
  rotaryEmbedding,
  scalarChains,
  fusedConv,
  // Behind everything that makes a LayerNormalization.
  residualSums,
];

/**
 * In no level, for who asks for them with --pass: what another runtime may want, and what is not faster in onnxruntime
 * than what it replaces (its Softplus is 20 times slower than log(1 + exp(x)), GroupNormalization is taken apart again).
 */
export const requestedPasses: readonly Pass[] = [inlineFunctions, softplus, groupNorm];

/** Every pass there is, each once: what `--pass` and `--skip` may name. */
export const allPasses: readonly Pass[] = [
  ...new Set([...preparePasses, ...basicPasses, ...fullPasses, ...requestedPasses]),
];
