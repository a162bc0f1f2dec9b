import { GramProduct } from '../calibrate/gram-product.js';
import { GramSum, type Gram } from '../calibrate/gram.js';
import type { SampleSet } from '../data/types.js';
import type { Model } from '../ir/model.js';
import { silentProgress, type Progress } from '../progress.js';
import { observe } from './repair/observe.js';
import type { Site } from './repair/site.js';

const memoryLimit = 256 * 2 ** 20;
/** Convolutions see many places of a sample: more samples than this do not change the order in which weights go. */
const enoughSamples = 200;

export interface WeighOptions {
  readonly threads: number;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Takes the second moments of what one site sees, a matrix for each group of its layer. */
export type WeighSite = (site: Site, grams: readonly Gram[]) => Promise<void>;

/**
 * Collects the second moments of what each site sees in the model as it is, as many sites at a time as fit into
 * memory, and hands them on site by site. `begin` prepares whoever takes them, inside of the same progress step.
 */
export async function weighSites(
  model: Model,
  sites: readonly Site[],
  samples: SampleSet,
  options: WeighOptions,
  begin: (product: GramProduct) => Promise<WeighSite>,
): Promise<void> {
  const rounds = byMemory(sites);
  const count = samplesFor(sites, samples);
  const product = await GramProduct.open(options.threads);
  const step = (options.progress ?? silentProgress).start('Weighing', rounds.length * count + sites.length);
  try {
    const weigh = await begin(product);
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
        await weigh(watch.site, grams.get(watch)!);
        step.advance();
      }
    }
  } finally {
    step.done();
    await product.close();
  }
}

/** How many samples tell what layers see. */
function samplesFor(sites: readonly Site[], samples: SampleSet): number {
  const spatial = sites.every(({ layer }) => layer.node.is('Conv') || layer.inputs < enoughSamples);
  return spatial ? Math.min(samples.size, enoughSamples) : samples.size;
}

/** Sites whose sums fit into memory together. */
function byMemory(sites: readonly Site[]): Site[][] {
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
