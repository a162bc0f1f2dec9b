import type { Measurement } from './result.js';

/**
 * The original as a point among the candidates: what was measured beside them says how fast it is, and against itself
 * it loses nothing. Undefined where nothing was measured.
 */
export function originalOf(measured: readonly Measurement[], bytes: number): Measurement | undefined {
  const sound = measured.filter(({ error }) => error === null);
  // The measurement with the most samples knows its accuracy best.
  const best = sound.sort((a, b) => b.samples - a.samples)[0];
  if (best === undefined) return undefined;
  const accuracy = Object.fromEntries(
    Object.entries(best.accuracy).map(([name, value]) => [name, value + (best.drop[name]?.value ?? 0)]),
  );
  return {
    samples: best.samples,
    time_ms: best.time_ms,
    bytes,
    size_ratio: 1,
    latency_ms: best.original_ms,
    original_ms: best.original_ms,
    speedup: { value: 1, ci95: [1, 1] },
    accuracy,
    drop: {},
    outputs: { cosine: 1, sqnr_db: null, max_abs: 0, agreement: 1 },
    gates: [],
    error: null,
  };
}
