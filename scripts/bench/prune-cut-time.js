import { openDataset } from '../../dist/data/dataset.js';
import { inputSpecs } from '../../dist/ir/tensor-inputs.js';
import { loadModel } from '../../dist/onnx/load.js';
import { silentProgress } from '../../dist/progress.js';
import { prepareForPruning } from '../../dist/prune/prepare.js';
import { macsWith } from '../../dist/prune/file-facts.js';
import { copyModel } from '../../dist/prune/repair/part.js';
import { channel } from '../../dist/prune/schemes/channel.js';

/**
 * Seconds that finding the groups, choosing channels by their weights and cutting them take, the model read and prepared
 * before.
 * @param {string} file
 * @param {number} ratio
 */
export async function timeChannelCut(file, ratio) {
  const original = await loadModel(file);
  const { calibrate: samples } = await openDataset(undefined, inputSpecs(original), {});
  await prepareForPruning(original);
  const pruned = copyModel(original);
  const { inputs } = await samples.get(0);
  const before = await macsWith(original, inputs);
  const start = performance.now();
  await channel.apply({
    original,
    pruned,
    samples,
    ratio,
    allocation: undefined,
    repair: false,
    threads: 1,
    progress: silentProgress,
  });
  const seconds = (performance.now() - start) / 1000;
  return { seconds, macs: (await macsWith(pruned, inputs)) / before };
}
