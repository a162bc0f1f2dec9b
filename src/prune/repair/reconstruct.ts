import { GramSum, type Gram } from '../../calibrate/gram.js';
import { GramProduct } from '../../calibrate/gram-product.js';
import type { SampleSet } from '../../data/types.js';
import type { Model } from '../../ir/model.js';
import type { Value } from '../../ir/value.js';
import { silentProgress, type Progress } from '../../progress.js';
import { observe, type Watch } from './observe.js';
import { schedule } from './schedule.js';
import type { Site } from './site.js';

/** Memory for the sums of one round. */
const memoryLimit = 256 * 2 ** 20;

/** A layer sees this many observations an unknown before more samples stop paying. */
const observationsAnInput = 64;

/** Places are alike within a sample: fewer samples than this do not show what a layer sees. */
const leastSamples = 128;

export interface ReconstructOptions {
  readonly threads: number;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The value of the original model that a value of the pruned one stands for. */
  readonly originalOf: (value: Value) => Value;
  /** The outputs of the original layer that the pruned one still has; all without. */
  readonly outputsOf?: (site: Site) => Int32Array | undefined;
  /** Observations that one sample gives of a site; 1 where nobody knows. */
  readonly placesOf: (site: Site) => number;
}

export interface Reconstruction {
  readonly passes: number;
  /** The largest memory that the sums of a round took, in bytes. */
  readonly memory: number;
}

/**
 * Goes through the sites in the order of the data. `solve` gets what each site sees in the model as pruned and
 * repaired so far, against what it should give, and writes the site's weights.
 */
export async function reconstruct(
  original: Model,
  pruned: Model,
  sites: readonly Site[],
  samples: SampleSet,
  solve: (site: Site, grams: readonly Gram[], product: GramProduct) => Promise<void> | void,
  options: ReconstructOptions,
): Promise<Reconstruction> {
  const bytes = ({ layer }: Site): number => layer.groups * GramSum.bytes(layer.inputs, layer.rows);
  const rounds = schedule(sites, bytes, memoryLimit);
  const product = await GramProduct.open(options.threads);
  const counts = rounds.map((round) => {
    const needed = round.sites.map((site) =>
      Math.ceil((observationsAnInput * site.layer.inputs) / options.placesOf(site)),
    );
    return Math.min(samples.size, Math.max(leastSamples, ...needed));
  });
  const step = (options.progress ?? silentProgress).start(
    'Repairing',
    counts.reduce((sum, count) => sum + count, 0),
  );
  let memory = 0;
  try {
    for (const [index, { sites: together, throughSum }] of rounds.entries()) {
      const watches = together.map((site): Watch & { site: Site } => {
        const through = throughSum.has(site) ? site.sum : undefined;
        return {
          site,
          layer: site.layer,
          input: site.input,
          target: options.originalOf(through?.total ?? site.output),
          less: through?.other,
          outputs: options.outputsOf?.(site),
        };
      });
      memory = Math.max(
        memory,
        together.reduce((sum, site) => sum + bytes(site), 0),
      );
      step.note(together[0]!.layer.node.label);
      const grams = await observe(original, pruned, watches, samples, {
        threads: options.threads,
        product,
        samples: counts[index]!,
        signal: options.signal,
        onSample: () => step.advance(),
      });
      for (const watch of watches) await solve(watch.site, grams.get(watch)!, product);
    }
  } finally {
    step.done();
    await product.close();
  }
  return { passes: rounds.length, memory };
}
