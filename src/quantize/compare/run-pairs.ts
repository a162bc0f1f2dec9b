import { defaultFetchLimit, groupBySize, openWithOutputs } from '../../calibrate/collect.js';
import type { SampleSet } from '../../data/types.js';
import type { Model } from '../../ir/model.js';
import type { Value } from '../../ir/value.js';
import { silentProgress, type Progress } from '../../progress.js';
import { castFeeds } from '../../runtime/compare-outputs.js';
import type { AlignedValue } from './align.js';
import { DistanceSum, type Distance } from './distance.js';

export interface PairOptions {
  readonly threads: number;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Runs both models on the samples and compares every aligned value; memory does not grow with the samples. */
export async function distancesOf(
  models: { readonly baseline: Model; readonly candidate: Model },
  aligned: readonly AlignedValue[],
  samples: SampleSet,
  options: PairOptions,
): Promise<Map<AlignedValue, Distance>> {
  const byBaseline = new Map(aligned.map((pair) => [pair.baseline, pair]));
  const sums = new Map(aligned.map((pair) => [pair, new DistanceSum(pair.range)]));
  const fetched = aligned.filter((pair) => pair.baseline.producer !== undefined).map((pair) => pair.baseline);
  const sizes = new Map<Value, number>();
  // Both sides of a pair are in memory at once.
  let groups = groupBySize(fetched, sizes, defaultFetchLimit / 2);
  const first = await openWithOutputs(models.baseline, fetched, options.threads);
  const second = await openWithOutputs(
    models.candidate,
    [...new Set(aligned.map((pair) => pair.candidate))],
    options.threads,
  );
  const step = (options.progress ?? silentProgress).start('Comparing', samples.size);
  try {
    for (let index = 0; index < samples.size; index++) {
      options.signal?.throwIfAborted();
      const { inputs } = await samples.get(index);
      const feeds = castFeeds(inputs, second.inputs);
      const given = aligned.filter((pair) => pair.baseline.producer === undefined);
      if (given.length > 0) {
        const found = await second.run(
          feeds,
          given.map((pair) => pair.candidate.name),
        );
        for (const pair of given)
          sums.get(pair)!.add(inputs.get(pair.baseline.name)!, found.get(pair.candidate.name)!);
      }
      for (const group of groups) {
        const pairs = group.map((value) => byBaseline.get(value)!);
        const expected = await first.run(
          inputs,
          pairs.map((pair) => pair.baseline.name),
        );
        const found = await second.run(feeds, [...new Set(pairs.map((pair) => pair.candidate.name))]);
        for (const pair of pairs) {
          const tensor = expected.get(pair.baseline.name)!;
          sizes.set(pair.baseline, Math.max(sizes.get(pair.baseline) ?? 0, tensor.byteLength));
          sums.get(pair)!.add(tensor, found.get(pair.candidate.name)!);
        }
      }
      if (index === 0) groups = groupBySize(fetched, sizes, defaultFetchLimit / 2);
      step.advance();
    }
  } finally {
    step.done();
    await first.close();
    await second.close();
  }
  return new Map(
    [...sums].flatMap(([pair, sum]) => {
      const distance = sum.finish();
      return distance === undefined ? [] : [[pair, distance] as const];
    }),
  );
}
