import type { GramProduct } from '../../calibrate/gram-product.js';
import type { Gram } from '../../calibrate/gram.js';
import type { SampleSet } from '../../data/types.js';
import type { Model } from '../../ir/model.js';
import { matrixOf, type Layer } from '../layer.js';
import type { Site } from '../repair/site.js';
import { changePerError, OutputShift } from '../sensitivity.js';
import type { Pattern } from '../sparsity.js';
import { weighSites, type WeighOptions } from '../weigh-sites.js';
import { cheapest } from './scores.js';
import { traceLayer } from './trace-layer.js';

export interface ErrorScoreOptions extends WeighOptions {
  /** The largest share at which the outputs' sensitivity to each layer is measured. */
  readonly ratio: number;
  /** With it only weights that leave get a finite score, and layers are not compared. */
  readonly pattern?: Pattern | undefined;
}

/**
 * What the loss of each weight costs the outputs of the model: the layer's own squared error (the model's own
 * second moments), times how much the outputs move by an error of that layer (measured by cutting that layer alone).
 */
export async function errorScores(
  model: Model,
  sites: readonly Site[],
  samples: SampleSet,
  options: ErrorScoreOptions,
): Promise<Map<Layer, Float64Array>> {
  const scores = new Map<Layer, Float64Array>();
  await weighSites(model, sites, samples, options, async (product) => {
    const shift =
      options.pattern === undefined
        ? await OutputShift.open(model, samples, sites.length, options.threads)
        : undefined;
    return async (site, grams) => {
      const { layer } = site;
      const weights = matrixOf(layer);
      const own = traceLayer(layer, weights, grams, options.pattern);
      if (shift !== undefined) await weigh(site, weights, own, grams, shift, options.ratio, product);
      scores.set(layer, own);
    };
  });
  return scores;
}

/** Multiplies the scores by the outputs' change for each unit of the layer's error. */
async function weigh(
  site: Site,
  weights: Float64Array,
  scores: Float64Array,
  grams: readonly Gram[],
  shift: OutputShift,
  ratio: number,
  product: GramProduct,
): Promise<void> {
  const mask = cheapest(new Map([[site.layer, scores]]), Math.ceil(ratio * weights.length)).get(site.layer)!;
  const cut = weights.map((weight, index) => (mask[index] === 0 ? 0 : weight));
  const factor = await changePerError(site, weights, cut, grams, shift, product);
  for (let i = 0; i < scores.length; i++) scores[i]! *= factor;
}
