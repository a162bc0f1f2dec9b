import type { Gate } from '../gates/gate.js';
import { judge, overallVerdict } from '../gates/judge.js';
import { seededRandom } from '../tensor/random.js';
import type { Artifact, BatchTimes } from './artifact.js';
import { dropOf } from './drops.js';
import { failureOf } from './failure.js';
import { isTimingGate, recordedNumber, speedupInterval, throughputOf, timingNumber } from './gate-numbers.js';
import { pooled, unrest } from './latency.js';
import type { Measurements } from './measurements.js';
import { confusionOf, f1, type Pair } from './metrics/f1.js';
import type {
  ArtifactResult,
  BatchResult,
  BenchResult,
  BenchSettings,
  Drop,
  GateResult,
  ServedResult,
  Versus,
} from './result.js';
import { quantileInterval } from './statistics/bootstrap.js';
import { histogramOf } from './statistics/histogram.js';
import { median, summarize } from './statistics/percentile.js';
import { warningsOf } from './warnings.js';

/** Makes the result object out of what was measured: numbers, intervals, verdicts, warnings. */
export function assemble(measured: Measurements): BenchResult {
  const { tool, environment, settings, dataset, artifacts, gates, interrupted } = measured;
  const results = artifacts.map((artifact) => artifactResult(artifact, measured));
  const judged = artifacts.length > 1 ? artifacts.slice(1) : artifacts;
  const gateResults = judged.flatMap((artifact) => {
    const result = results[artifacts.indexOf(artifact)]!;
    return gates.map((gate) => gateResult(gate, artifact, result, measured));
  });
  const overall = overallVerdict(gateResults, settings.strict);
  const verdict = results.some(({ error }) => error !== null) ? 'fail' : overall;
  return {
    schema: 'infer-opt/bench@1',
    tool,
    measured_at: measured.measuredAt.toISOString(),
    environment,
    settings,
    dataset: { name: dataset.name, sha256: dataset.sha256, samples: dataset.evaluate.size },
    artifacts: results,
    gates: gateResults,
    against: measured.against,
    interrupted,
    // What was not finished cannot pass.
    verdict: interrupted && verdict === 'pass' ? 'inconclusive' : verdict,
    warnings: [...measured.warnings, ...warningsOf(measured, results, gateResults)],
  };
}

function artifactResult(artifact: Artifact, measured: Measurements): ArtifactResult {
  const { settings, artifacts } = measured;
  const batches = artifact.times.map((times) => batchResult(times, settings));
  const first = batches.find(({ batch }) => batch === settings.batches[0]);
  const comparison = artifact.error ? undefined : artifact.accuracy?.comparison;
  return {
    path: artifact.path,
    role: artifact.role,
    ...artifact.file,
    nodes: artifact.nodes,
    latency_ms: first?.latency_ms ?? null,
    throughput_per_s: first?.throughput_per_s ?? null,
    batches,
    offline: settings.scenario === 'offline' ? bestBatch(batches) : null,
    server: artifact.server,
    accuracy: artifact.error ? {} : accuracyOf(artifact),
    confusion: artifact.error ? null : confusionIn(artifact),
    outputs: comparison ? { ...comparison.overall(), by_output: comparison.byOutput() } : null,
    versus_baseline: artifact.role === 'baseline' ? null : versus(artifact, artifacts[0]!, measured),
    kernels: artifact.kernels,
    operators: artifact.operators,
    load_ms: artifact.loadMs,
    peak_memory_bytes: artifact.peakMemory,
    served: servedResult(artifact),
    error: artifact.errorLine,
    failure: artifact.error ? failureOf(artifact.error) : null,
  };
}

function servedResult({ address, served }: Artifact): ServedResult | null {
  if (address === undefined) return null;
  return {
    protocol: address.protocol,
    encoding: served?.encoding ?? null,
    model: address.model,
    versions: [...(served?.metadata.versions ?? [])],
    platform: served?.metadata.platform ?? '',
  };
}

function batchResult({ batch, blocks, warmUp, stopped }: BatchTimes, settings: BenchSettings): BatchResult {
  const times = pooled(blocks);
  const latency = summarize(times);
  return {
    batch,
    latency_ms: latency,
    p50_ci95: quantileInterval(blocks, 0.5, seededRandom(settings.seed)) ?? null,
    throughput_per_s: throughputOf(latency, batch, settings.concurrency),
    histogram_ms: histogramOf(times),
    warm_up: warmUp ? { runs: warmUp.runs, ms: warmUp.ms, settled: warmUp.settled } : null,
    unrest: unrest(blocks),
    stopped,
  };
}

function bestBatch(batches: readonly BatchResult[]): ArtifactResult['offline'] {
  const [best] = [...batches].sort((a, b) => b.throughput_per_s - a.throughput_per_s);
  return best ? { batch: best.batch, throughput_per_s: best.throughput_per_s } : null;
}

function accuracyOf(artifact: Artifact): Record<string, number> {
  return Object.fromEntries(
    [...(artifact.accuracy?.answers ?? [])].map(([name, { metric, kept }]) => [name, metric.value(kept)]),
  );
}

function confusionIn(artifact: Artifact): ArtifactResult['confusion'] {
  const pairs = artifact.accuracy?.answers.get(f1.name)?.kept;
  return pairs === undefined ? null : confusionOf(pairs as readonly Pair[]);
}

function versus(artifact: Artifact, baseline: Artifact, measured: Measurements): Versus {
  const { settings } = measured;
  const times = artifact.error
    ? undefined
    : artifact.times.find(({ batch }) => batch === settings.batches[0]);
  return {
    speedup: times
      ? {
          value: median(pooled(times.baseline)) / median(pooled(times.blocks)),
          ci95: speedupInterval(times, settings.seed, measured.referenceRatio) ?? null,
        }
      : null,
    size_ratio: artifact.address ? null : artifact.file.bytes / baseline.file.bytes,
    drop: artifact.error ? {} : drops(artifact, baseline, settings.seed),
  };
}

function drops(artifact: Artifact, baseline: Artifact, seed: number): Record<string, Drop> {
  const found: Record<string, Drop> = {};
  for (const [name, reference] of baseline.accuracy?.answers ?? []) {
    const answers = artifact.accuracy?.answers.get(name);
    const drop = answers && dropOf(reference, answers, seed);
    if (drop) found[name] = drop;
  }
  return found;
}

function gateResult(
  gate: Gate,
  artifact: Artifact,
  result: ArtifactResult,
  measured: Measurements,
): GateResult {
  const { expr, metric, comparison, limit, level, source = null } = gate;
  const number = artifact.error
    ? { value: null, ci95: null, detail: `could not be measured: ${artifact.errorLine ?? ''}` }
    : isTimingGate(gate)
      ? timedNumber(gate, artifact, measured)
      : recordedNumber(gate, result, answered(metric, artifact));
  return {
    expr,
    metric,
    comparison,
    level,
    source,
    artifact: artifact.path,
    limit,
    actual: number.value,
    ci95: number.ci95,
    ...judge(gate, number),
  };
}

function timedNumber(
  gate: Gate,
  artifact: Artifact,
  { settings, referenceRatio, interrupted }: Measurements,
): ReturnType<typeof timingNumber> {
  const batch = settings.batches[0] ?? 1;
  const times = artifact.times.find((one) => one.batch === batch);
  if (!times) {
    const detail = interrupted ? 'interrupted before it was measured' : `it takes no batches of ${batch}`;
    return { value: null, ci95: null, detail };
  }
  return timingNumber(gate, {
    baseline: times.baseline,
    artifact: times.blocks,
    batch,
    concurrency: settings.concurrency,
    seed: settings.seed,
    paired: times.paired,
    referenceRatio,
  });
}

/** How many samples stand behind an accuracy or its drop. */
function answered(metric: string, artifact: Artifact): number | undefined {
  return artifact.accuracy?.answers.get(metric.replace(/\.drop$/, ''))?.kept.length;
}
