import type { Conversion } from './conversion.js';
import { axesInput, reduceAxesInput } from './operators/axes-input.js';
import { broadcast } from './operators/broadcast.js';
import { dropCounts, dropSpatial, dropTestFlag } from './operators/batch-normalization.js';
import { castToCode } from './operators/cast.js';
import { clipBounds } from './operators/clip.js';
import { concatAxis } from './operators/concat.js';
import { consumedInputs } from './operators/consumed-inputs.js';
import { dftAxis } from './operators/dft.js';
import { dropoutMask, dropoutRatio, dropoutTest } from './operators/dropout.js';
import {
  endOfAffine,
  endOfCrop,
  endOfDynamicSlice,
  endOfImageScaler,
  endOfScale,
  endOfScaledCurves,
  meanVarianceAxes,
} from './operators/experimental.js';
import { gemmBroadcast } from './operators/gemm.js';
import { gridSampleModes } from './operators/grid-sample.js';
import { groupNormalizationScale } from './operators/group-normalization.js';
import { layerNormalization } from './operators/layer-normalization.js';
import { lpPoolPower } from './operators/lp-pool.js';
import { padInputs, padName } from './operators/pad.js';
import { preluSlope } from './operators/prelu.js';
import { outputSequence } from './operators/recurrent.js';
import { reshapeInput } from './operators/reshape.js';
import { resizeCoordinates, resizeWithoutRoi } from './operators/resize.js';
import { roiAlignMode } from './operators/roi-align.js';
import { scanBatch } from './operators/scan.js';
import { scatterName } from './operators/scatter.js';
import { seluConstants } from './operators/selu.js';
import { sliceInputs } from './operators/slice.js';
import { softmaxAxis } from './operators/softmax.js';
import { splitAttribute, splitCount, splitInput } from './operators/split.js';
import { tileRepeats } from './operators/tile.js';
import { topKInput } from './operators/top-k.js';
import { upsampleInput, upsampleName, upsampleScales } from './operators/upsample.js';

/** Every change that takes more than a new version number, in the order of the operator sets. */
export const conversions: readonly Conversion[] = [
  padName,
  lpPoolPower,
  splitAttribute,
  concatAxis,
  reshapeInput,
  consumedInputs,
  seluConstants,
  castToCode,
  tileRepeats,
  broadcast,
  gemmBroadcast,
  preluSlope,
  dropTestFlag,
  dropoutTest,
  outputSequence,
  upsampleScales,
  dropSpatial,
  scanBatch,
  upsampleInput,
  meanVarianceAxes,
  endOfAffine,
  endOfCrop,
  endOfDynamicSlice,
  endOfImageScaler,
  endOfScale,
  endOfScaledCurves,
  dropoutMask,
  sliceInputs,
  topKInput,
  upsampleName,
  clipBounds,
  padInputs,
  resizeCoordinates,
  scatterName,
  dropoutRatio,
  axesInput,
  resizeWithoutRoi,
  softmaxAxis,
  splitInput,
  dropCounts,
  roiAlignMode,
  layerNormalization,
  reduceAxesInput,
  splitCount,
  dftAxis,
  gridSampleModes,
  groupNormalizationScale,
];

const byKey = new Map(
  conversions.flatMap((conversion) =>
    conversion.operators.map((operator) => [`${operator} ${conversion.to}`, conversion] as const),
  ),
);

/** The conversion of that operator over that version, or undefined where its old form is still good. */
export function conversionAt(operator: string, version: number): Conversion | undefined {
  return byKey.get(`${operator} ${version}`);
}
