import type { Gate, Measured } from '../gates/gate.js';
import { seededRandom } from '../tensor/random.js';
import { meanInterval, quantileInterval, ratioInterval, type Blocks } from './statistics/bootstrap.js';
import { median, minimumSamples, summarize } from './statistics/percentile.js';
import { wilsonInterval } from './statistics/proportion.js';
import { pooled } from './latency.js';
import type { ArtifactResult } from './result.js';

/** Latencies of the baseline and of the artifact that is judged, taken in the same rounds. */
export interface Timings {
  readonly baseline: Blocks;
  readonly artifact: Blocks;
  readonly batch: number;
  readonly seed: number;
}

/** True for a gate whose number comes from latencies, so that more rounds can make it more certain. */
export function isTimingGate(gate: Gate): boolean {
  return gate.metric === 'speedup' || gate.metric === 'throughput' || gate.metric.startsWith('latency.');
}

/** How many runs the gates need of each artifact: a percentile in a gate wants enough samples to be one. */
export function samplesForGates(gates: readonly Gate[]): number {
  return Math.max(1, ...gates.map(({ metric }) => minimumSamples(percentileOf(metric) ?? 0)));
}

function percentileOf(metric: string): number | undefined {
  const digits = /^latency\.p(\d+)$/.exec(metric)?.[1];
  return digits === undefined ? undefined : Number(digits) / 100;
}

/** The number of a timing gate, with its interval over rounds. */
export function timingNumber(gate: Gate, { baseline, artifact, batch, seed }: Timings): Measured {
  const times = pooled(artifact);
  if (times.length === 0) return { value: null, ci95: null, detail: 'no run was timed' };
  const random = seededRandom(seed);
  switch (gate.metric) {
    case 'speedup':
      return {
        value: median(pooled(baseline)) / median(times),
        ci95: ratioInterval(baseline, artifact, 0.5, random) ?? null,
      };
    case 'throughput': {
      const perSecond = (ms: number): number => (batch * 1000) / ms;
      const interval = quantileInterval(artifact, 0.5, random);
      return {
        value: perSecond(median(times)),
        ci95: interval ? [perSecond(interval[1]), perSecond(interval[0])] : null,
      };
    }
    case 'latency.mean':
      return { value: summarize(times).mean, ci95: meanInterval(artifact, random) ?? null };
    default:
      return percentileNumber(percentileOf(gate.metric) ?? 0.5, artifact, times, random);
  }
}

function percentileNumber(p: number, blocks: Blocks, times: Float64Array, random: () => number): Measured {
  const needed = minimumSamples(p);
  if (times.length < needed) {
    const detail = `p${Math.round(p * 100)} needs ${needed} runs, and there was time for ${times.length}`;
    return { value: null, ci95: null, detail };
  }
  const summary = summarize(times);
  const value = p === 0.5 ? summary.p50 : p === 0.9 ? summary.p90 : p === 0.95 ? summary.p95 : summary.p99;
  return { value, ci95: quantileInterval(blocks, p, random) ?? null };
}

/** The number of any other gate, from what is already in the result. */
export function recordedNumber(gate: Gate, artifact: ArtifactResult, samples: number): Measured {
  const { metric } = gate;
  const exact = (value: number | null | undefined): Measured => ({
    value: value ?? null,
    ci95: null,
    exact: true,
    ...(value == null
      ? { detail: artifact.error ?? `${metric} says nothing about this model's outputs` }
      : {}),
  });
  if (metric === 'size') return exact(gate.relative ? artifact.versus_baseline?.size_ratio : artifact.bytes);
  if (metric.endsWith('.drop')) {
    const drop = artifact.versus_baseline?.drop[metric.slice(0, -'.drop'.length)];
    if (!drop) return exact(null);
    const differing = drop.only_baseline + drop.only_candidate;
    return {
      value: drop.value,
      ci95: drop.ci95,
      exact: differing === 0,
      detail: `${differing} of ${samples} answers differ: ${drop.only_baseline} lost, ${drop.only_candidate} won`,
    };
  }
  const accuracy = artifact.accuracy[metric];
  if (accuracy !== undefined) {
    return { value: accuracy, ci95: wilsonInterval(Math.round(accuracy * samples), samples) };
  }
  if (!artifact.outputs || !(metric in artifact.outputs)) return exact(null);
  return exact(artifact.outputs[metric as 'cosine']);
}
