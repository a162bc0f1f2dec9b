import type { ArtifactResult, BatchResult, BenchResult, GateResult } from '../../src/bench/result.js';

/** A made-up artifact; latencies are whatever `changes` say. */
export function artifact(changes: Partial<ArtifactResult>): ArtifactResult {
  return {
    path: 'model.onnx',
    role: 'baseline',
    sha256: '0',
    bytes: 4_956_208,
    nodes: 66,
    latency_ms: { mean: 5, sd: 0.1, p50: 5.123, p90: 5.2, p95: 5.3, p99: null, samples: 100 },
    throughput_per_s: 195,
    batches: [],
    offline: null,
    server: null,
    accuracy: { top1: 0.61, top5: 0.83 },
    confusion: null,
    outputs: null,
    versus_baseline: null,
    kernels: null,
    operators: null,
    load_ms: 10,
    peak_memory_bytes: null,
    served: null,
    error: null,
    failure: null,
    ...changes,
  };
}

/** One batch size, with a histogram that has a peak and a tail. */
export function batch(size: number, p50: number): BatchResult {
  const counts = Array.from({ length: 40 }, (_, bin) =>
    Math.round(200 * Math.exp(-(((bin - 9) / 5) ** 2)) + bin / 8),
  );
  return {
    batch: size,
    latency_ms: {
      mean: p50 * 1.02,
      sd: p50 / 20,
      p50,
      p90: p50 * 1.1,
      p95: p50 * 1.15,
      p99: null,
      samples: 300,
    },
    p50_ci95: [p50 * 0.99, p50 * 1.01],
    throughput_per_s: (size * 1000) / p50,
    histogram_ms: { from: p50 * 0.9, to: p50 * 1.4, counts, beyond: 3 },
    warm_up: { runs: 12, ms: 80, settled: true },
    unrest: 0.01,
    stopped: 'precise',
  };
}

export const candidate = artifact({
  path: 'a/rather/long/path/to/the/artifact/model.int8.onnx',
  role: 'candidate',
  bytes: 1_300_000,
  latency_ms: { mean: 2.5, sd: 0.1, p50: 2.53, p90: 2.6, p95: 2.7, p99: 2.9, samples: 500 },
  accuracy: { top1: 0.6075, top5: 0.83 },
  outputs: { agreement: 0.9925, cosine: 0.99991, sqnr_db: 32.14, kl: 0.0012, max_abs: 0.2134, by_output: [] },
  versus_baseline: {
    speedup: { value: 2.0249, ci95: [2.01, 2.04] },
    size_ratio: 0.2623,
    drop: { top1: { value: 0.0025, ci95: [-0.004, 0.009], only_baseline: 2, only_candidate: 1, p_value: 1 } },
  },
  kernels: {
    integer: 26,
    float: 7,
    integer_share_of_macs: 0.987,
    dequantized_weights: 1,
    left_float: Array.from({ length: 7 }, (_, i) => ({ node: `n${i}`, op: 'Conv', reason: 'excluded' })),
  },
});

export function gate(changes: Partial<GateResult>): GateResult {
  return {
    expr: 'speedup >= 2',
    metric: 'speedup',
    comparison: '>=',
    level: 'error',
    source: null,
    artifact: candidate.path,
    limit: 2,
    actual: 2.0249,
    ci95: [2.01, 2.04],
    verdict: 'pass',
    detail: '',
    ...changes,
  };
}

export function result(changes: Partial<BenchResult>): BenchResult {
  return {
    schema: 'infer-opt/bench@1',
    tool: { name: 'infer-opt', version: '0.1.0' },
    measured_at: '2026-01-02T03:04:05.678Z',
    environment: {
      cpu: { model: 'Some CPU <2.4 GHz>', cores: 2, quota: null, instructions: ['avx2', 'avx512_vnni'] },
      memory_bytes: 8e9,
      os: { name: 'Linux', release: '6.1', arch: 'x64' },
      node: '20.20.0',
      onnxruntime: '1.30.0',
      providers: [{ name: 'cpu', installed: true }],
      reference: { ms: 0.41, jitter: 0.012, drift: -0.01, samples: 60 },
    },
    settings: {
      scenario: 'single',
      threads: 1,
      concurrency: 1,
      slo: null,
      seed: 1,
      batches: [1],
      strict: false,
      time_ms: 1000,
    },
    dataset: { name: 'photos', sha256: '0', samples: 400 },
    artifacts: [artifact({}), candidate],
    gates: [],
    against: null,
    interrupted: false,
    verdict: 'pass',
    warnings: [],
    ...changes,
  };
}

/** A result in which everything occurs, with names that no report may take for markup. */
export function fullResult(): BenchResult {
  const nasty = `dir/<img src=x onerror=alert(1)> "quoted" 'and' | *more* \`ticks\` & ]]> @you.onnx`;
  const operators = (scale: number): ArtifactResult['operators'] => [
    { op: 'Conv', kernels: 26, ms: 3 * scale },
    { op: 'MaxPool"><script>alert(2)</script>', kernels: 3, ms: 0.6 * scale },
    { op: 'Concat', kernels: 8, ms: 0.4 },
  ];
  const base = artifact({
    path: 'dir/model.onnx',
    batches: [batch(1, 5.123), batch(8, 38)],
    operators: operators(1),
  });
  const fast = {
    ...candidate,
    path: nasty,
    batches: [batch(1, 2.53), batch(8, 19)],
    operators: operators(0.4),
  };
  const small = artifact({
    path: 'dir/model.dynamic.onnx',
    role: 'candidate',
    bytes: 1_250_000,
    latency_ms: { mean: 6.2, sd: 0.2, p50: 6.1, p90: null, p95: null, p99: null, samples: 30 },
    batches: [batch(1, 6.1)],
    accuracy: { top1: 0.59, top5: 0.82 },
    versus_baseline: {
      speedup: { value: 0.84, ci95: [0.82, 0.86] },
      size_ratio: 0.252,
      drop: {
        top1: { value: 0.02, ci95: [0.006, 0.037], only_baseline: 11, only_candidate: 3, p_value: 0.057 },
      },
    },
  });
  const broken = artifact({
    path: 'dir/broken.onnx',
    role: 'candidate',
    latency_ms: null,
    accuracy: {},
    failure: 'crash',
    error: 'dir/broken.onnx: its process died during "run" (signal SIGSEGV)\u0000<b>',
  });
  fast.outputs = {
    ...candidate.outputs!,
    by_output: [
      { name: '<script>', agreement: 0.9925, cosine: 0.99991, sqnr_db: 32.14, kl: 0.0012, max_abs: null },
    ],
  };
  const server = (scale: number): ArtifactResult['server'] => ({
    highest_rate_per_s: { value: 60 * scale, ci95: [60 * scale, 65 * scale] },
    trials: [30, 45, 60, 65, 80].map((rate, i) => ({
      rate_per_s: rate * scale,
      requests: 500,
      p50: 6,
      tail: [8, 11, 18, 24, 90][i]!,
      met: i < 3,
    })),
  });
  base.confusion = [
    [0, 0, 40],
    [0, 1, 2],
    [1, 1, 38],
  ];
  fast.confusion = [
    [0, 0, 39],
    [0, 1, 3],
    [1, 1, 38],
  ];
  base.server = server(1);
  fast.server = server(2);
  return result({
    settings: {
      scenario: 'server',
      threads: 1,
      concurrency: 1,
      slo: 'p99 <= 20ms',
      seed: 1,
      batches: [1, 8],
      strict: false,
      time_ms: 10_000,
    },
    artifacts: [base, fast, small, broken],
    gates: [
      gate({ artifact: nasty }),
      gate({ artifact: small.path, actual: 0.84, ci95: [0.82, 0.86], verdict: 'fail' }),
      gate({
        artifact: nasty,
        expr: 'top1.drop <= 0.005',
        metric: 'top1.drop',
        comparison: '<=',
        limit: 0.005,
        actual: 0.0025,
        ci95: [-0.004, 0.009],
        verdict: 'inconclusive',
        detail: 'the 95% interval holds the limit; 3 of 400 answers differ',
      }),
      gate({
        artifact: broken.path,
        actual: null,
        ci95: null,
        verdict: 'not-measured',
        detail: 'could not be measured',
      }),
    ],
    verdict: 'fail',
    warnings: [`${nasty}: its rounds differ by 9%, the machine was busy`],
  });
}
