import type { Gate } from '../gates/gate.js';
import { judge, overallVerdict } from '../gates/judge.js';
import { seededRandom } from '../tensor/random.js';
import type { Artifact, BatchTimes } from './artifact.js';
import { isTimingGate, recordedNumber, timingNumber } from './gate-numbers.js';
import { pooled, unrest } from './latency.js';
import type { Measurements } from './measurements.js';
import type {
  ArtifactResult,
  BatchResult,
  BenchResult,
  BenchSettings,
  Drop,
  GateResult,
  Versus,
} from './result.js';
import { quantileInterval, ratioInterval } from './statistics/bootstrap.js';
import { histogramOf } from './statistics/histogram.js';
import { median, summarize } from './statistics/percentile.js';
import { mcnemarExact, pairedInterval } from './statistics/proportion.js';
import { warningsOf } from './warnings.js';

/** Makes the result object out of what was measured: numbers, intervals, verdicts, warnings. */
export function assemble(measured: Measurements): BenchResult {
  const { tool, environment, settings, dataset, artifacts, gates } = measured;
  const [baseline] = artifacts;
  const results = artifacts.map((artifact) => artifactResult(artifact, baseline!, settings));
  const judged = artifacts.length > 1 ? artifacts.slice(1) : artifacts;
  const gateResults = judged.flatMap((artifact) => {
    const result = results[artifacts.indexOf(artifact)]!;
    return gates.map((gate) => gateResult(gate, artifact, result, settings, dataset.evaluate.size));
  });
  const overall = overallVerdict(
    gateResults.map(({ verdict }) => verdict),
    settings.strict,
  );
  return {
    schema: 'infer-opt/bench@1',
    tool,
    measured_at: measured.measuredAt.toISOString(),
    environment,
    settings,
    dataset: { name: dataset.name, sha256: dataset.sha256, samples: dataset.evaluate.size },
    artifacts: results,
    gates: gateResults,
    verdict: results.some(({ error }) => error !== null) ? 'fail' : overall,
    warnings: [...measured.warnings, ...warningsOf(measured, results, gateResults)],
  };
}

function artifactResult(artifact: Artifact, baseline: Artifact, settings: BenchSettings): ArtifactResult {
  const batches = artifact.times.map((times) => batchResult(times, settings.seed));
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
    accuracy: artifact.error ? {} : accuracyOf(artifact),
    outputs: comparison ? { ...comparison.overall(), by_output: comparison.byOutput() } : null,
    versus_baseline: artifact.role === 'baseline' ? null : versus(artifact, baseline, settings),
    kernels: artifact.kernels,
    operators: artifact.operators,
    load_ms: artifact.subject?.process.loadMs ?? null,
    peak_memory_bytes: artifact.peakMemory,
    error: artifact.errorLine,
  };
}

function batchResult({ batch, blocks, warmUp, stopped }: BatchTimes, seed: number): BatchResult {
  const times = pooled(blocks);
  const latency = summarize(times);
  return {
    batch,
    latency_ms: latency,
    p50_ci95: quantileInterval(blocks, 0.5, seededRandom(seed)) ?? null,
    throughput_per_s: (batch * 1000) / latency.p50,
    histogram_ms: histogramOf(times),
    warm_up: warmUp ? { runs: warmUp.runs, ms: warmUp.ms, settled: warmUp.settled } : null,
    unrest: unrest(blocks),
    stopped,
  };
}

function accuracyOf(artifact: Artifact): Record<string, number> {
  const entries = [...(artifact.accuracy?.answers ?? [])].map(
    ([name, answers]) => [name, answers.filter(Boolean).length / answers.length] as const,
  );
  return Object.fromEntries(entries);
}

function versus(artifact: Artifact, baseline: Artifact, settings: BenchSettings): Versus {
  const times = artifact.error
    ? undefined
    : artifact.times.find(({ batch }) => batch === settings.batches[0]);
  return {
    speedup: times ? speedup(times, settings.seed) : null,
    size_ratio: artifact.file.bytes / baseline.file.bytes,
    drop: artifact.error ? {} : drops(artifact, baseline),
  };
}

function speedup({ baseline, blocks }: BatchTimes, seed: number): Versus['speedup'] {
  return {
    value: median(pooled(baseline)) / median(pooled(blocks)),
    ci95: ratioInterval(baseline, blocks, 0.5, seededRandom(seed)) ?? null,
  };
}

function drops(artifact: Artifact, baseline: Artifact): Record<string, Drop> {
  const found: Record<string, Drop> = {};
  for (const [name, reference] of baseline.accuracy?.answers ?? []) {
    const answers = artifact.accuracy?.answers.get(name);
    if (answers?.length !== reference.length) continue;
    const lost = reference.filter((right, i) => right && !answers[i]).length;
    const won = reference.filter((right, i) => !right && answers[i]).length;
    found[name] = {
      // One division of whole numbers: 2 of 400 is the same double as 0.005.
      value: (lost - won) / reference.length,
      ci95: pairedInterval(lost, won, reference.length),
      only_baseline: lost,
      only_candidate: won,
      p_value: mcnemarExact(lost, won),
    };
  }
  return found;
}

function gateResult(
  gate: Gate,
  artifact: Artifact,
  result: ArtifactResult,
  settings: BenchSettings,
  samples: number,
): GateResult {
  const { expr, metric, comparison, limit } = gate;
  const measured = artifact.error
    ? { value: null, ci95: null, detail: `could not be measured: ${artifact.errorLine ?? ''}` }
    : isTimingGate(gate)
      ? timedNumber(gate, artifact, settings)
      : recordedNumber(gate, result, samples);
  return {
    expr,
    metric,
    comparison,
    artifact: artifact.path,
    limit,
    actual: measured.value,
    ci95: measured.ci95,
    ...judge(gate, measured),
  };
}

function timedNumber(
  gate: Gate,
  artifact: Artifact,
  settings: BenchSettings,
): ReturnType<typeof timingNumber> {
  const batch = settings.batches[0] ?? 1;
  const times = artifact.times.find((one) => one.batch === batch);
  if (!times) return { value: null, ci95: null, detail: `it takes no batches of ${batch}` };
  return timingNumber(gate, { baseline: times.baseline, artifact: times.blocks, batch, seed: settings.seed });
}
