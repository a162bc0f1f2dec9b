import { GramProduct } from '../../calibrate/gram-product.js';
import { GramSum, type Gram } from '../../calibrate/gram.js';
import type { SampleSet } from '../../data/types.js';
import type { Model } from '../../ir/model.js';
import { silentProgress, type Progress } from '../../progress.js';
import { matrixOf, type Layer } from '../layer.js';
import { observe } from '../repair/observe.js';
import type { Site } from '../repair/site.js';
import { changePerError, OutputShift } from '../sensitivity.js';
import type { Pattern } from '../sparsity.js';
import { cheapest } from './scores.js';

import { traceLayer } from './trace-layer.js';

const memoryLimit = 256 * 2 ** 20;
/** Convolutions see many places of a sample: more samples than this do not change the order in which weights go. */
const enoughSamples = 200;

export interface ErrorScoreOptions {
  readonly threads: number;
  /** The largest share at which the outputs' sensitivity to each layer is measured. */
  readonly ratio: number;
  /** With it only weights that leave get a finite score, and layers are not compared. */
  readonly pattern?: Pattern | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
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
  const rounds = byMemory(sites);
  const count = samplesFor(sites, samples);
  const product = await GramProduct.open(options.threads);
  const step = (options.progress ?? silentProgress).start('Weighing', rounds.length * count + sites.length);
  try {
    const shift =
      options.pattern === undefined
        ? await OutputShift.open(model, samples, sites.length, options.threads)
        : undefined;
    for (const round of rounds) {
      const watches = round.map((site) => ({
        site,
        layer: site.layer,
        input: site.input,
        target: undefined,
        less: undefined,
        outputs: undefined,
      }));
      const grams = await observe(model, model, watches, samples, {
        threads: options.threads,
        product,
        samples: count,
        signal: options.signal,
        onSample: () => step.advance(),
      });
      for (const watch of watches) {
        options.signal?.throwIfAborted();
        const { layer, site } = watch;
        const weights = matrixOf(layer);
        const seen = grams.get(watch)!;
        const own = traceLayer(layer, weights, seen, options.pattern);
        if (shift !== undefined) await weigh(site, weights, own, seen, shift, options.ratio, product);
        scores.set(layer, own);
        step.advance();
      }
    }
  } finally {
    step.done();
    await product.close();
  }
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

/** How many samples tell what layers see. */
export function samplesFor(sites: readonly Site[], samples: SampleSet): number {
  const spatial = sites.every(({ layer }) => layer.node.is('Conv') || layer.inputs < enoughSamples);
  return spatial ? Math.min(samples.size, enoughSamples) : samples.size;
}

/** Sites whose sums fit into memory together. */
export function byMemory(sites: readonly Site[]): Site[][] {
  const rounds: Site[][] = [];
  let used = Infinity;
  for (const site of sites) {
    const bytes = site.layer.groups * GramSum.bytes(site.layer.inputs, 0);
    if (used + bytes > memoryLimit) {
      rounds.push([]);
      used = 0;
    }
    rounds.at(-1)!.push(site);
    used += bytes;
  }
  return rounds;
}
