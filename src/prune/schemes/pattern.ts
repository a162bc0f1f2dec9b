import { layersOf, matrixOf, type Layer } from '../layer.js';
import { errorScores } from '../magnitude/error-scores.js';
import { largestOfGroups, misfit } from '../magnitude/pattern.js';
import type { Masks } from '../magnitude/scores.js';
import type { Pattern } from '../sparsity.js';
import { cutAndRepair, sitesOf } from './cut.js';
import type { LeftRecord, Scheme } from './scheme.js';

/** N of every M neighbours along the axis that is summed over stay: for convolutions along the input channels at one place of the kernel. */
export function patternScheme(pattern: Pattern): Scheme {
  const name = `${pattern.kept}:${pattern.of}`;
  return {
    name,
    summary: 'N:M, at most N of every M neighbouring weights along the input channels stay',
    counts: 'weights',
    takesRatio: false,
    hint:
      name === '2:4'
        ? 'TensorRT has kernels for 2:4 on NVIDIA GPUs from Ampere on: build with --sparsity=enable; on a CPU nothing skips ' +
          'the zeros, and only the compressed file is smaller'
        : `no kernel that is known here skips ${name} zeros: only the compressed file is smaller`,
    async apply(context) {
      const all = layersOf(context.pruned);
      const left = all.flatMap((layer): LeftRecord[] => {
        const reason = misfit(layer, pattern);
        return reason === undefined ? [] : [{ node: layer.node.label, reason }];
      });
      const eligible = all.filter((layer) => misfit(layer, pattern) === undefined);
      const { sites } = sitesOf(eligible);
      const scores = context.repair
        ? await errorScores(context.pruned, sites, context.samples, {
            threads: context.threads,
            ratio: 1 - pattern.kept / pattern.of,
            pattern,
            progress: context.progress,
            signal: context.signal,
          })
        : new Map<Layer, Float64Array>();
      const masks: Masks = new Map();
      for (const layer of eligible) {
        const found = scores.get(layer);
        const mask =
          found === undefined
            ? largestOfGroups(matrixOf(layer), layer, pattern)
            : Uint8Array.from(found, (score) => (Number.isFinite(score) ? 0 : 1));
        masks.set(layer, mask);
      }
      // Layers without the pattern are repaired as well: what they see has changed.
      return cutAndRepair(context, all, masks, left);
    },
  };
}
