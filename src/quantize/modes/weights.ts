import { residualSums } from '../dynamic/residual-sums.js';
import { prepare } from '../prepare.js';
import { storeWeights } from '../stored/store-weights.js';
import { quantizeWeightsOnly } from '../weight-only/quantize-weights.js';
import type { Mode } from './mode.js';

/** Blocked DequantizeLinear came with it. */
const blockedOpset = 21;

export const weightsMode: Mode = {
  name: 'weights',
  summary: 'weights of 8 or 4 bits in blocks, activations in float: for large dense models',
  // What it saves is memory and its bandwidth; on this machine integers that are multiplied are faster.
  suggests: () => false,
  async apply(model, context) {
    const form = context.format ?? 'qoperator';
    const preparation = await prepare(model, {
      opset: context.opset ?? (form === 'qdq' ? blockedOpset : model.opset),
      strict: context.opset !== undefined,
      extraPasses: [residualSums],
    });
    const { bits, block, symmetric } = context;
    const report = await quantizeWeightsOnly(model, {
      threads: context.threads,
      progress: context.progress,
      signal: context.signal,
      // Not every reader of the standard's form takes a scale below 0.
      format: { bits, block, symmetric, signedScales: form === 'qoperator' },
      form,
      samples: context.sampled && context.rounding === 'output' ? context.samples : undefined,
      isExcluded: context.exclusions.excludes,
    });
    const stored = storeWeights(model, { isExcluded: context.exclusions.excludes });
    const changed = [...report.rewritten.values()].reduce((sum, count) => sum + count, 0) + stored.length;
    const labels = new Set(stored.map((node) => node.label));
    return {
      changed,
      left: report.left.filter(({ node }) => !labels.has(node)),
      warnings: preparation.warnings,
      hints:
        report.roundedByInputs > 0 || context.rounding === 'nearest' ? [] : roundingHint(context.sampled),
      usedSamples: report.roundedByInputs > 0,
    };
  },
};

function roundingHint(sampled: boolean): string[] {
  return sampled
    ? ['each weight was rounded by itself: the inputs of the layers are too wide to be looked at together']
    : ['each weight was rounded by itself: with --data they are rounded so that the outputs change least'];
}
