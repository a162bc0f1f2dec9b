import type { Gate, Measured } from '../gates/gate.js';
import { seededRandom } from '../tensor/random.js';
import {
  independentRatioInterval,
  meanInterval,
  quantileInterval,
  ratioInterval,
  type Blocks,
  type Interval,
} from './statistics/bootstrap.js';
import { median, minimumSamples, summarize, type LatencySummary } from './statistics/percentile.js';
import { wilsonInterval } from './statistics/proportion.js';
import { labelMetrics } from './metrics/list.js';
import { pooled } from './latency.js';
import type { ArtifactResult } from './result.js';

/** Latencies of the baseline and of the artifact that is judged. */
export interface Timings {
  readonly baseline: Blocks;
  readonly artifact: Blocks;
  readonly batch: number;
  readonly concurrency: number;
  readonly seed: number;
  /** Taken in the same rounds, and not the baseline's in an earlier run. */
  readonly paired: boolean;
  /** How much slower the machine is than in that earlier run. */
  readonly referenceRatio: number;
}

/** Samples a second: by the median one at a time, else by the mean (Little's law holds for no other). */
export function throughputOf({ p50, mean }: LatencySummary, batch: number, concurrency: number): number {
  return (concurrency * batch * 1000) / (concurrency === 1 ? p50 : mean);
}

/**
 * Two processes with the same file differ by some tenths of a percent for as long as they live, by where their memory
 * came to lie (T. Mytkowicz et al., Producing Wrong Data Without Doing Anything Obviously Wrong, 2009). Rounds of one
 * pair of processes cannot see it. This much was measured: models against themselves strayed by a standard
 * deviation of 0.2% beyond what their rounds told.
 */
const processSpread = 0.003;

/**
 * 95% interval of the ratio of medians, wider by what processes differ. Against an earlier run it is made wider also
 * by what the reference load differs: that much of the difference may be the machine's.
 */
export function speedupInterval(
  times: { readonly baseline: Blocks; readonly blocks: Blocks; readonly paired: boolean },
  seed: number,
  referenceRatio: number,
): Interval | undefined {
  const { baseline, blocks, paired } = times;
  const random = seededRandom(seed);
  const found = paired
    ? ratioInterval(baseline, blocks, 0.5, random)
    : independentRatioInterval(baseline, blocks, 0.5, random);
  const machine = paired ? 1 : referenceRatio;
  return (
    found && [
      found[0] * Math.min(1, machine) * (1 - processSpread),
      found[1] * Math.max(1, machine) * (1 + processSpread),
    ]
  );
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
export function timingNumber(gate: Gate, timings: Timings): Measured {
  const { baseline, artifact, batch, concurrency, seed, paired, referenceRatio } = timings;
  const times = pooled(artifact);
  if (times.length === 0) return { value: null, ci95: null, detail: 'no run was timed' };
  const random = seededRandom(seed);
  switch (gate.metric) {
    case 'speedup':
      return {
        value: median(pooled(baseline)) / median(times),
        ci95: speedupInterval({ baseline, blocks: artifact, paired }, seed, referenceRatio) ?? null,
      };
    case 'throughput': {
      const perSecond = (ms: number): number => (concurrency * batch * 1000) / ms;
      const interval =
        concurrency === 1 ? quantileInterval(artifact, 0.5, random) : meanInterval(artifact, random);
      return {
        value: throughputOf(summarize(times), batch, concurrency),
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

/**
 * The number of any other gate, from what is already in the result.
 * @param samples how many answers stand behind an accuracy
 */
export function recordedNumber(gate: Gate, artifact: ArtifactResult, samples: number | undefined): Measured {
  const { metric } = gate;
  const exact = (value: number | null | undefined): Measured => ({
    value: value ?? null,
    ci95: null,
    exact: true,
    ...(value == null
      ? { detail: artifact.error ?? `${metric} says nothing about this model's outputs` }
      : {}),
  });
  if (metric === 'size') {
    if (artifact.served !== null)
      return { value: null, ci95: null, detail: 'the size of a model behind a server is not known' };
    return exact(gate.relative ? artifact.versus_baseline?.size_ratio : artifact.bytes);
  }
  if (metric === 'server.rate') {
    const rate = artifact.server?.highest_rate_per_s;
    return rate
      ? { value: rate.value, ci95: rate.ci95, detail: 'the interval is what the search left' }
      : exact(null);
  }
  if (metric === 'throughput.best') return exact(artifact.offline?.throughput_per_s);
  if (metric.endsWith('.drop')) {
    const drop = artifact.versus_baseline?.drop[metric.slice(0, -'.drop'.length)];
    if (!drop) return exact(null);
    const { value, ci95, only_baseline: lost, only_candidate: won } = drop;
    if (lost === null || won === null) {
      // Equal on every resample: not one answer differs.
      return { value, ci95, exact: value === 0 && ci95 !== null && ci95[0] === 0 && ci95[1] === 0 };
    }
    const of = samples === undefined ? '' : ` of ${samples}`;
    const detail = `${lost + won}${of} answers differ: ${lost} lost, ${won} won`;
    return { value, ci95, exact: lost + won === 0, detail };
  }
  const accuracy = artifact.accuracy[metric];
  if (accuracy !== undefined) {
    // Only shares of right answers have an interval of their own.
    if (samples === undefined || !countedMetrics.has(metric)) return exact(accuracy);
    return { value: accuracy, ci95: wilsonInterval(Math.round(accuracy * samples), samples) };
  }
  if (!artifact.outputs || !(metric in artifact.outputs)) return exact(null);
  return exact(artifact.outputs[metric as 'cosine']);
}

const countedMetrics = new Set(labelMetrics.filter(({ kind }) => kind === 'answers').map(({ name }) => name));
