import type { Model } from '../ir/model.js';

/** From here on a model is not run as a whole for a comparison: it would take its weights' bytes of memory, and again. */
export const largestRun = 2 ** 30;

/** Bytes of all constants of a model, each tensor once. */
export function weightBytes(model: Model): number {
  const tensors = new Set<object>();
  let total = 0;
  for (const graph of model.graphs()) {
    for (const { constant } of graph.constants()) {
      if (tensors.has(constant)) continue;
      tensors.add(constant);
      total += constant.byteLength;
    }
  }
  return total;
}

/** Why the outputs of a model are not compared, in words; undefined for one of common size. */
export function tooLargeToRun(model: Model): string | undefined {
  const bytes = weightBytes(model);
  if (bytes <= largestRun) return undefined;
  return `its weights take ${(bytes / 1e9).toFixed(1)} GB; models of more than ${(largestRun / 1e9).toFixed(1)} GB are not run`;
}
