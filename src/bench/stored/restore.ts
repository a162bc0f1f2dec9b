import { Artifact } from '../artifact.js';
import { labelMetrics } from '../metrics/list.js';
import type { Measurements } from '../measurements.js';
import type { StoredBaseline } from './stored-baseline.js';

/** The first model that was measured, in the form that a later run compares with. */
export function storeBaseline(measured: Measurements): StoredBaseline {
  const { artifacts, dataset, environment, settings } = measured;
  const artifact = artifacts.find(({ stored }) => !stored)!;
  const answers: Record<string, string> = {};
  const values: Record<string, number> = {};
  for (const [name, { metric, kept }] of artifact.accuracy?.answers ?? []) {
    if (metric.kind === 'answers') answers[name] = kept.map((right) => (right === true ? '1' : '0')).join('');
    else values[name] = metric.value(kept);
  }
  const { path, file, nodes, loadMs, peakMemory } = artifact;
  return {
    schema: 'infer-opt/baseline@1',
    measured_at: measured.measuredAt.toISOString(),
    environment: { ...environment },
    settings: { threads: settings.threads, concurrency: settings.concurrency },
    dataset: { name: dataset.name, sha256: dataset.sha256, samples: dataset.evaluate.size },
    artifact: { path, ...file, nodes, load_ms: loadMs, peak_memory_bytes: peakMemory },
    batches: artifact.times.map(({ batch, blocks }) => ({
      batch,
      // A nanosecond is more than the clock knows.
      blocks: blocks.map((block) => Array.from(block, (ms) => Math.round(ms * 1e6) / 1e6)),
    })),
    answers,
    values,
  };
}

/** The stored model as the baseline of a run. Metrics that are no shares of right answers are not compared. */
export function restoreBaseline(stored: StoredBaseline): Artifact {
  const artifact = new Artifact(stored.artifact.path, 'baseline', { stored: true });
  const { sha256, bytes, nodes, load_ms: loadMs, peak_memory_bytes: peakMemory } = stored.artifact;
  artifact.file = { sha256, bytes };
  artifact.nodes = nodes;
  artifact.loadMs = loadMs;
  artifact.peakMemory = peakMemory;
  artifact.accuracy = {
    answers: new Map(
      Object.entries(stored.answers).flatMap(([name, digits]) => {
        const metric = labelMetrics.find((one) => one.name === name);
        return metric ? [[name, { metric, kept: Array.from(digits, (digit) => digit === '1') }]] : [];
      }),
    ),
    comparison: undefined,
    error: undefined,
  };
  for (const { batch, blocks } of stored.batches) {
    const times = blocks.map((block) => Float64Array.from(block));
    artifact.times.push({
      batch,
      baseline: times,
      blocks: times,
      warmUp: undefined,
      stopped: 'time',
      paired: true,
    });
  }
  return artifact;
}
