import type { Tool } from '../tool.js';
import type { Comparison, Level, Source, Verdict } from '../gates/gate.js';
import type { Environment } from './environment.js';
import type { ReferenceLoad } from './reference-load.js';
import type { OutputNumbers } from './output-comparison.js';
import type { Histogram } from './statistics/histogram.js';
import type { LatencySummary } from './statistics/percentile.js';

/** A 95% interval; null where there are too few samples for one. */
export type Ci95 = readonly [low: number, high: number] | null;

/** What a bench found: schema `infer-opt/bench@1`. Every report is made from it. */
export interface BenchResult {
  schema: 'infer-opt/bench@1';
  tool: Tool;
  /** When measuring began: ISO 8601, UTC. */
  measured_at: string;
  environment: BenchEnvironment;
  settings: BenchSettings;
  dataset: { name: string; sha256: string; samples: number };
  /** The baseline first. */
  artifacts: ArtifactResult[];
  gates: GateResult[];
  /** The run that is compared with, where the baseline was not measured in this one. */
  against: Against | null;
  /** Stopped before it was done: the result holds what was known by then. */
  interrupted: boolean;
  /** `fail` also when an artifact could not be measured. */
  verdict: 'pass' | 'fail' | 'inconclusive';
  warnings: string[];
}

/** The machine, and how steady it was; null where the measurement was too short to tell. */
export type BenchEnvironment = Environment & { readonly reference: ReferenceLoad | null };

/** A stored baseline that candidates are compared with. */
export interface Against {
  file: string;
  measured_at: string;
  /** What is another than it was then, one line each. */
  differences: string[];
}

export type Scenario = 'single' | 'offline' | 'server';

export interface BenchSettings {
  scenario: Scenario;
  threads: number;
  /** Requests in flight at a time. */
  concurrency: number;
  /** What `server` has to meet. */
  slo: string | null;
  seed: number;
  batches: number[];
  strict: boolean;
  /** Time for the latency of all artifacts at one batch size. */
  time_ms: number;
}

export interface ArtifactResult {
  path: string;
  role: 'baseline' | 'candidate';
  sha256: string;
  /** Of the file and its external data. */
  bytes: number;
  nodes: number | null;
  /** Of the first batch size, in milliseconds a request. */
  latency_ms: LatencySummary | null;
  throughput_per_s: number | null;
  batches: BatchResult[];
  /** `offline`: the batch size that gives the most samples a second. */
  offline: { batch: number; throughput_per_s: number } | null;
  /** `server`: what it carries within the limit. */
  server: ServerResult | null;
  /** By metric, fractions where it is a share; empty without labels. */
  accuracy: Record<string, number>;
  /**
   * How often each label got each answer: [label, answer, samples], those that never occur left out. Null where the
   * task is no classification.
   */
  confusion: [label: number, answer: number, samples: number][] | null;
  /** Against the baseline; null for the baseline. */
  outputs: OutputsResult | null;
  versus_baseline: Versus | null;
  /** Which kernels the runtime chose; null when that was not looked at. */
  kernels: KernelSummary | null;
  /** Where the time of a run goes, the most costly operator first; null when that was not looked at. */
  operators: OperatorTime[] | null;
  /** To open the model in a fresh process. */
  load_ms: number | null;
  /** The most memory that the process of the model ever had resident. */
  peak_memory_bytes: number | null;
  /** Where it runs, for a model behind a server; its bytes are 0 then, as nobody sees its file. */
  served: ServedResult | null;
  /** Why it could not be measured (to the end). */
  error: string | null;
  /** The name of that: `crash`, `timeout`, `leak`, ... (see failureOf); null without an error. */
  failure: string | null;
}

/** A model behind a server of the KServe v2 protocol, as the server tells it. */
export interface ServedResult {
  protocol: 'http' | 'grpc';
  /** How tensors travelled; null when no request was answered. */
  encoding: 'binary' | 'json' | null;
  model: string;
  versions: string[];
  platform: string;
}

export interface BatchResult {
  batch: number;
  latency_ms: LatencySummary;
  /** 95% interval of the median. */
  p50_ci95: Ci95;
  throughput_per_s: number;
  histogram_ms: Histogram;
  warm_up: { runs: number; ms: number; settled: boolean } | null;
  /** Spread of the rounds' medians (median absolute deviation), relative to the median. */
  unrest: number;
  /** Why measuring ended: the interval was tight, the time was spent, or somebody stopped it. */
  stopped: 'precise' | 'time' | 'interrupted';
}

/** Open loop: requests arrive at random, whether or not the last one is answered. */
export interface ServerResult {
  /** The highest rate that was seen to meet the limit, and the lowest above it that was not; 0 where none did. */
  highest_rate_per_s: { value: number; ci95: Ci95 };
  /** Every rate that was tried. */
  trials: ServerTrial[];
}

export interface ServerTrial {
  rate_per_s: number;
  requests: number;
  /** From the arrival, waiting included. */
  p50: number;
  /** The percentile of the limit. */
  tail: number;
  met: boolean;
}

export interface OutputsResult extends OutputNumbers {
  by_output: ({ name: string } & OutputNumbers)[];
}

export interface Versus {
  /** Ratio of median latencies at the first batch size. */
  speedup: { value: number; ci95: Ci95 } | null;
  /** Null for a model behind a server. */
  size_ratio: number | null;
  drop: Record<string, Drop>;
}

/** How much worse the candidate is than the baseline, from answers to the same samples: positive is worse. */
export interface Drop {
  value: number;
  ci95: Ci95;
  /** Answers that only one of the two got right; null for metrics whose answers are not right or wrong. */
  only_baseline: number | null;
  only_candidate: number | null;
  /** Exact McNemar test; null likewise. */
  p_value: number | null;
}

export interface KernelSummary {
  /** Numbers of kernels that compute in integers and in floats. */
  integer: number;
  float: number;
  integer_share_of_macs: number | null;
  /** Weights that are dequantized at every run. */
  dequantized_weights: number;
  left_float: { node: string; op: string; reason: string }[];
}

/** Kernels of one operator type, as the runtime's profiler timed them. */
export interface OperatorTime {
  op: string;
  kernels: number;
  /** Of one run: the median over runs, summed over the kernels. */
  ms: number;
}

export interface GateResult {
  expr: string;
  metric: string;
  comparison: Comparison;
  level: Level;
  /** Where it stands in a file of gates. */
  source: Source | null;
  /** The artifact that was judged. */
  artifact: string;
  /** In the unit that is measured: ms, fractions, ratios, bytes, samples a second. */
  limit: number;
  actual: number | null;
  ci95: Ci95;
  verdict: Verdict;
  detail: string;
}

/**
 * Exit status of a finished bench: 1 when a gate failed or could not be measured, 3 when an artifact could not be
 * measured and no gate hangs on it, else 0.
 */
export function benchExitStatus(result: Pick<BenchResult, 'gates' | 'artifacts' | 'settings'>): 0 | 1 | 3 {
  const bad = result.gates.some(
    ({ verdict, level }) =>
      level === 'error' &&
      (verdict === 'fail' ||
        verdict === 'not-measured' ||
        (verdict === 'inconclusive' && result.settings.strict)),
  );
  if (bad) return 1;
  return result.artifacts.some(({ error }) => error !== null) ? 3 : 0;
}
