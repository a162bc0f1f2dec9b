import type { SampleSet } from '../../data/types.js';
import type { Model } from '../../ir/model.js';
import { matrixOf, setMatrix } from '../layer.js';
import { reconstruct, type Reconstruction, type ReconstructOptions } from './reconstruct.js';
import { refit } from './refit.js';
import { biasValues, setBias, type Site } from './site.js';

/** Squared output error of a layer over the power of its output, before and after its repair. */
export interface SiteError {
  readonly without: number;
  readonly repaired: number;
}

export interface Repaired extends Reconstruction {
  readonly errors: ReadonlyMap<Site, SiteError>;
}

/** Solves the weights of every site, where they are not zero, and its bias, so that it gives what it gave in the original model. */
export async function repairWeights(
  original: Model,
  pruned: Model,
  sites: readonly Site[],
  samples: SampleSet,
  options: ReconstructOptions,
): Promise<Repaired> {
  const errors = new Map<Site, SiteError>();
  const done = await reconstruct(
    original,
    pruned,
    sites,
    samples,
    async (site, grams, product) => {
      const { rows, inputs } = site.layer;
      const weights = matrixOf(site.layer);
      const bias = biasValues(site);
      let [without, repaired] = [0, 0];
      for (const [group, gram] of grams.entries()) {
        const part = weights.subarray(group * rows * inputs, (group + 1) * rows * inputs);
        const shift = bias.subarray(group * rows, (group + 1) * rows);
        const found = await refit(gram, part, shift, product, { free: site.bias !== undefined });
        // Never worse than before on what was observed, whatever rounding does.
        if (found.errorAfter <= found.errorBefore) {
          part.set(found.weights);
          shift.set(found.bias);
        }
        without += found.errorBefore / grams.length;
        repaired += Math.min(found.errorAfter, found.errorBefore) / grams.length;
      }
      setMatrix(site.layer, weights);
      setBias(site, bias);
      errors.set(site, { without, repaired });
    },
    options,
  );
  return { ...done, errors };
}
