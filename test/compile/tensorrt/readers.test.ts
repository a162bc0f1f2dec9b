import { describe, expect, it } from 'vitest';
import { describeLayers } from '../../../src/compile/tensorrt/layers.js';
import { TrtexecLog } from '../../../src/compile/tensorrt/log.js';
import { parseOutputs } from '../../../src/compile/tensorrt/outputs.js';
import { describeTrace } from '../../../src/compile/tensorrt/times.js';
import { timingCachePath } from '../../../src/compile/tensorrt/timing-cache.js';

describe('the log', () => {
  it('is read with and without a stamp', () => {
    const log = new TrtexecLog();
    for (const line of [
      '&&&& RUNNING TensorRT.trtexec [TensorRT v101303] [b9] # trtexec --loadEngine=e',
      '[07/30/2024-15:30:36] [I] Engine built in 5.81e+01 sec.',
      '[W] Something early',
      '[I] === Performance summary ===',
      '[I] Throughput: 130.298 qps',
      '[I] Latency: min = 5.38672 ms, max = 13.3664 ms, mean = 7.60628 ms, median = 7.16092 ms, percentile(90%) = 10.2996 ms',
      '[I] GPU Compute Time: min = 5.1 ms, max = 13 ms, mean = 7.5 ms, median = 7.1 ms, percentile(99%) = 12.9 ms',
      '[W] * GPU compute time is unstable, with coefficient of variance = 2.10486%.',
      '[E] Something went wrong',
      '&&&& PASSED TensorRT.trtexec [TensorRT v101303] [b9] # trtexec --loadEngine=e',
    ])
      log.feed(line);
    expect(log.version).toEqual({ major: 10, minor: 13, patch: 3 });
    expect(log.buildSeconds).toBeCloseTo(58.1);
    expect(log.summary).toEqual({
      queriesPerSecond: 130.298,
      latencyMedianMs: 7.16092,
      computeMedianMs: 7.1,
    });
    expect(log.warnings).toEqual(['Something early']);
    expect(log.figureWarnings).toEqual([
      'GPU compute time is unstable, with coefficient of variance = 2.10486%.',
    ]);
    expect(log.errors).toEqual(['Something went wrong']);
    expect({ passed: log.passed, stage: log.stage }).toEqual({ passed: true, stage: 'done' });
  });

  it('keeps the first errors and the last lines of one that does not end', () => {
    const log = new TrtexecLog();
    for (let i = 0; i < 1000; i++) log.feed(`[E] error ${i}`);
    expect(log.errors[0]).toBe('error 0');
    expect(log.errors).toHaveLength(200);
    expect(log.lastLines.at(-1)).toBe('[E] error 999');
    expect(log.lastLines).toHaveLength(200);
  });
});

describe('the times', () => {
  const queries = (count: number, ms: (index: number) => number): Parameters<typeof describeTrace>[0] =>
    Array.from({ length: count }, (_, index) => ({
      startComputeMs: index * 10,
      startH2dMs: index * 10,
      endD2hMs: index * 10 + ms(index),
      computeMs: ms(index),
      latencyMs: ms(index) + 1,
    }));

  it('leave out the warm-up, and percentiles that chance decides', () => {
    const trace = describeTrace(
      queries(150, (index) => (index < 50 ? 100 : index - 49)),
      500,
    );
    expect(trace).toMatchObject({
      queries: 100,
      compute: { mean: 50.5, p50: 50, p90: 90, p95: null, p99: null },
    });
    expect(trace.latency.p50).toBe(51);
    expect(trace.queriesPerSecond).toBeCloseTo((1000 * 100) / (1490 + 100 - 500), 9);
  });

  it('are refused where nothing came after the warm-up', () => {
    expect(() =>
      describeTrace(
        queries(10, () => 1),
        500,
      ),
    ).toThrow('after the warm-up');
  });
});

describe('the outputs', () => {
  it('are read with numbers that JSON has no words for', () => {
    const text =
      '[\n  { "name" : "y"\n  , "dimensions" : "1x4"\n  , "values" : [ 1.5, nan, -inf, 2e-05 ]\n  }\n]\n';
    const output = parseOutputs(text).get('y')!;
    expect(output.dims).toEqual([1, 4]);
    expect(Array.from(output.values)).toEqual([1.5, NaN, -Infinity, 2e-5]);
  });
});

describe('the layers', () => {
  const layer = (
    type: string,
    format: string,
    weights?: string,
  ): Parameters<typeof describeLayers>[0][number] => ({
    Name: type,
    LayerType: type,
    Inputs: [{ 'Format/Datatype': format }],
    ...(weights === undefined ? {} : { Weights: { Type: weights } }),
  });

  it('tell what they compute in, whatever they are called in that version', () => {
    const layers = [
      layer('Reformat', 'Row major linear FP16 format'),
      layer('CaskConvolution', 'Channel major FP16 format where channel % 8 == 0'),
      layer('kgen', 'Half'),
      layer('gemm', 'Row major linear FP32'),
      layer('CaskGemmMatrixMultiply', 'Row major Int8 format', 'Int8'),
    ];
    expect(describeLayers(layers, 'fp16')).toEqual({
      total: 5,
      compute: { fp16: 2, fp32: 1, int8: 1 },
      verified: true,
    });
    expect(describeLayers(layers.slice(3, 4), 'fp16').verified).toBe(false);
    expect(describeLayers(['conv1', 'fc'], 'fp16').verified).toBeNull();
  });
});

it('keeps one timing cache for each GPU and version', () => {
  const env = { XDG_CACHE_HOME: '/cache' };
  const version = { major: 10, minor: 2, patch: 0 };
  expect(timingCachePath({}, version, 'NVIDIA H100 80GB HBM3', env)).toBe(
    '/cache/infer-opt/tensorrt/nvidia-h100-80gb-hbm3-10.2.0.timing',
  );
  expect(timingCachePath({}, version, undefined, env)).toBeUndefined();
  expect(timingCachePath({ timingCache: false }, version, 'x', env)).toBeUndefined();
  expect(timingCachePath({ timingCache: 'mine' }, version, 'x', env)).toBe('mine');
});
