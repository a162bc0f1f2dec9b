import { describe, expect, it } from 'vitest';
import type { ArtifactResult, BenchResult } from '../../src/bench/result.js';
import { benchText } from '../../src/report/bench-text.js';
import { plain } from '../../src/report/style.js';

function artifact(changes: Partial<ArtifactResult>): ArtifactResult {
  return {
    path: 'model.onnx',
    role: 'baseline',
    sha256: '0',
    bytes: 4_956_208,
    nodes: 66,
    latency_ms: { mean: 5, sd: 0.1, p50: 5.123, p90: 5.2, p95: 5.3, p99: null, samples: 100 },
    throughput_per_s: 195,
    batches: [],
    accuracy: { top1: 0.61, top5: 0.83 },
    outputs: null,
    versus_baseline: null,
    kernels: null,
    load_ms: 10,
    peak_memory_bytes: null,
    error: null,
    ...changes,
  };
}

const candidate = artifact({
  path: 'a/rather/long/path/to/the/artifact/model.int8.onnx',
  role: 'candidate',
  bytes: 1_300_000,
  latency_ms: { mean: 2.5, sd: 0.1, p50: 2.53, p90: 2.6, p95: 2.7, p99: 2.9, samples: 500 },
  accuracy: { top1: 0.6075, top5: 0.83 },
  outputs: { agreement: 0.9925, cosine: 0.99991, sqnr_db: 32.14, max_abs: 0.2134, by_output: [] },
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

function result(changes: Partial<BenchResult>): BenchResult {
  return {
    schema: 'infer-opt/bench@1',
    tool: { name: 'infer-opt', version: '0.1.0' },
    environment: undefined as never,
    settings: { scenario: 'single', threads: 1, seed: 1, batches: [1], strict: false, time_ms: 1000 },
    dataset: { name: 'photos', sha256: '0', samples: 400 },
    artifacts: [artifact({}), candidate],
    gates: [],
    verdict: 'pass',
    warnings: [],
    ...changes,
  };
}

describe('a bench in words', () => {
  it('fits into 80 columns', async () => {
    const text = await benchText(result({}), plain);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('has a line for each artifact, with a dash for what was not measured', async () => {
    const [head, first, second] = (await benchText(result({}), plain)).split('\n');
    expect(head?.split(/\s+/)).toEqual(['artifact', 'p50', 'p99', 'speed-up', 'size', 'top1', 'top5']);
    expect(first?.split(/\s{2,}/)).toEqual(['model.onnx', '5.12 ms', '-', '4.96 MB', '61.0%', '83.0%']);
    expect(second?.split(/\s{2,}/).slice(1)).toEqual([
      '2.53 ms',
      '2.90 ms',
      '2.02x',
      '1.30 MB',
      '60.8%',
      '83.0%',
    ]);
    expect(second).toMatch(/^….*model\.int8\.onnx /);
  });

  it('tells what the candidate costs, with intervals, and which kernels run', async () => {
    const text = await benchText(result({}), plain);
    expect(text).toContain('2.02x (95%: 2.01x to 2.04x)');
    expect(text).toContain('drop 0.0025 (95%: -0.0040 to 0.0090), answers: 2 lost, 1 won');
    expect(text).toContain('agreement 99.3%, cosine 0.99991, SQNR 32.1 dB, max error 0.213');
    expect(text).toContain('26 integer, 7 float; 98.7%');
    expect(text.match(/Conv n\d: excluded/g)).toHaveLength(5);
    expect(text).toContain('and 2 more');
  });

  it('shows the verdict of each gate, coloured where colour is taken', async () => {
    const gates = [
      {
        expr: 'speedup >= 2',
        metric: 'speedup',
        comparison: '>=',
        artifact: candidate.path,
        limit: 2,
        actual: 2.0249,
        ci95: [2.01, 2.04],
        verdict: 'pass',
        detail: '',
      },
    ] satisfies BenchResult['gates'];
    expect(await benchText(result({ gates }), plain)).toContain(
      '  pass          speedup >= 2: 2.025 (95%: 2.01 to 2.04)',
    );
    const coloured = await benchText(result({ gates }), { ...plain, success: (text) => `<${text}>` });
    expect(coloured).toContain('  <pass>          speedup >= 2');
  });

  it('says why an artifact could not be measured', async () => {
    const broken = artifact({
      path: 'bad.onnx',
      role: 'candidate',
      latency_ms: null,
      error: 'bad.onnx: the process died',
    });
    expect(await benchText(result({ artifacts: [artifact({}), broken] }), plain)).toContain(
      'the process died',
    );
  });
});
