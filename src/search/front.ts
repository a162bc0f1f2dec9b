import type { CandidateResult, FrontPoint, Measurement } from './result.js';

/**
 * The candidates that no other equals or beats in latency, accuracy and size at once, the fastest first. All numbers
 * come from samples of the search, for every candidate alike; latency is the original's time over the speed-up, so that
 * the machine's mood at each measurement falls out. The best score stands for accuracy, cosine where there are no labels.
 */
export function paretoFront(
  candidates: readonly CandidateResult[],
  original: Measurement | undefined,
): FrontPoint[] {
  if (original === undefined) return [];
  const named = candidates.flatMap(({ name, search }) => (search === null ? [] : [{ name, search }]));
  const originalMs = median(named.flatMap(({ search }) => search.original_ms ?? []));
  const points = [{ name: 'original', search: original }, ...named].flatMap(
    (one) => pointOf(one, original, originalMs) ?? [],
  );
  return points
    .filter((point, place) => !points.some((other, at) => beats(other, point, at < place)))
    .sort((a, b) => a.latency_ms - b.latency_ms);
}

function pointOf(
  { name, search: measured }: { readonly name: string; readonly search: Measurement },
  original: Measurement,
  originalMs: number,
): FrontPoint | undefined {
  if (measured.error !== null || measured.speedup === null) return undefined;
  const quality = qualityOf(measured, original);
  if (Number.isNaN(quality.value)) return undefined;
  return { name, latency_ms: originalMs / measured.speedup.value, bytes: measured.bytes, quality };
}

/** From the original's score less the drop: some were measured on fewer samples, and the drop is what those can tell. */
function qualityOf(measured: Measurement, original: Measurement): FrontPoint['quality'] {
  const [metric] = Object.keys(original.accuracy);
  if (metric === undefined) return { metric: 'cosine', value: measured.outputs?.cosine ?? NaN };
  return { metric, value: original.accuracy[metric]! - (measured.drop[metric]?.value ?? 0) };
}

/** At least as good in everything and better in something; of equals the earlier one stays. */
function beats(other: FrontPoint, point: FrontPoint, isEarlier: boolean): boolean {
  if (other === point || other.quality.metric !== point.quality.metric) return false;
  const differences = [
    point.latency_ms - other.latency_ms,
    point.bytes - other.bytes,
    other.quality.value - point.quality.value,
  ];
  if (differences.some((difference) => difference < 0)) return false;
  return differences.some((difference) => difference > 0) || isEarlier;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
