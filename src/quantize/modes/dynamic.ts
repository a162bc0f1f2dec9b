import { quantizeDynamic } from '../dynamic/quantize-dynamic.js';
import { residualSums } from '../dynamic/residual-sums.js';
import { prepare } from '../prepare.js';
import { storeWeights } from '../stored/store-weights.js';
import type { Mode } from './mode.js';
import { weightShares } from './weight-shares.js';

/** DynamicQuantizeLinear came with 11; 17 is what every runtime in use takes. */
const lowestOpset = 17;

export const dynamicMode: Mode = {
  name: 'dynamic',
  summary: 'INT8 weights, activations rounded at every run, no samples: for transformers and LSTM',
  suggests: (model) => weightShares(model).dense >= 0.2,
  async apply(model, context) {
    const preparation = await prepare(model, {
      opset: context.opset ?? lowestOpset,
      strict: context.opset !== undefined,
      extraPasses: [residualSums],
    });
    const report = quantizeDynamic(model, {
      target: context.target,
      isExcluded: context.exclusions.excludes,
    });
    const stored = storeWeights(model, { isExcluded: context.exclusions.excludes });
    const changed = [...report.rewritten.values()].reduce((sum, count) => sum + count, 0) + stored.length;
    return { changed, left: report.left, warnings: preparation.warnings, hints: [] };
  },
};
