import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runBench, type BenchRequest } from '../../../src/bench/bench.js';
import { benchExitStatus, type BenchResult } from '../../../src/bench/result.js';
import type { Dataset, Sample } from '../../../src/data/types.js';
import { parseGate } from '../../../src/gates/parse.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { build } from '../../cli/run-cli.js';
import { linear, writeTiny } from '../tiny-models.js';
import { grpcStandIn, httpStandIn, type Manners, type StandIn } from './stand-in.js';

beforeAll(build, 180_000);

const weights = Array.from({ length: 28 }, (_, i) => Math.sin(i));
const baseline = writeTiny('served', linear(4, 7, weights));
const other = writeTiny('other', linear(4, 7, weights));
const points = Array.from({ length: 20 }, (_, i) => [0, 1, 2, 3].map((f) => Math.cos(i * 4 + f)));
const labels = points.map((point) => {
  const scores = Array.from({ length: 7 }, (_, c) =>
    point.reduce((sum, value, f) => sum + value * weights[f * 7 + c]!, 0),
  );
  return scores.indexOf(Math.max(...scores));
});

const evaluate = {
  size: points.length,
  get: (i: number): Promise<Sample> =>
    Promise.resolve({
      id: `#${i}`,
      inputs: new Map([['x', Tensor.float32([1, 4], points[i]!)]]),
      label: labels[i],
    }),
};
const dataset: Dataset = {
  name: 'points',
  sha256: 'abc',
  task: 'classification',
  labelled: true,
  calibrate: { ...evaluate, size: 0 },
  evaluate,
  state: new Map(),
};

const open: StandIn[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function serve(protocol: 'http' | 'grpc', manners: Manners): Promise<StandIn> {
  const server = await (protocol === 'http' ? httpStandIn : grpcStandIn)(weights, manners);
  open.push(server);
  return server;
}

async function bench(
  protocol: 'http' | 'grpc',
  manners: Manners,
  gates: readonly string[],
  more: Partial<BenchRequest> = {},
): Promise<BenchResult> {
  const server = await serve(protocol, manners);
  return runBench({
    baseline,
    candidates: [other],
    server: { url: server.url, protocol, model: 'linear' },
    openDataset: () => Promise.resolve(dataset),
    gates: gates.map(parseGate),
    timeMs: 400,
    ...more,
  });
}

describe.each(['http', 'grpc'] as const)('a server over %s', (protocol) => {
  it('is one more candidate, with the same numbers and gates', async () => {
    const result = await bench(protocol, {}, ['top1.drop <= 0', 'max_abs <= 0.00001', 'size <= 1x']);
    const [, local, served] = result.artifacts;
    expect(served!.path).toMatch(protocol === 'http' ? /^http:.*\/v2\/models\/linear$/ : /^grpc:.*\/linear$/);
    expect(served).toMatchObject({
      accuracy: { top1: 1 },
      outputs: { agreement: 1 },
      served: { protocol, encoding: 'binary', model: 'linear', versions: ['3'], platform: 'stand-in' },
      error: null,
      failure: null,
      kernels: null,
    });
    expect(served!.latency_ms!.samples).toBeGreaterThan(0);
    // A request over a socket is slower than a run of this model of 28 weights.
    expect(served!.versus_baseline!.speedup!.value).toBeLessThan(1);
    expect(served!.versus_baseline!.size_ratio).toBeNull();
    expect(local!.served).toBeNull();
    const verdicts = result.gates.filter(({ artifact }) => artifact === served!.path);
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'not-measured']);
    expect(verdicts[2]!.detail).toContain('the size of a model behind a server is not known');
  });

  it('that is slow fails the gate on its latency', async () => {
    const result = await bench(protocol, { delayMs: 12 }, ['latency.p50 <= 10ms'], {
      candidates: [],
      timeMs: 2000,
    });
    expect(result.gates[0]!.verdict).toBe('fail');
    expect(benchExitStatus(result)).toBe(1);
  });

  it.each([
    ['dies while it is measured', { dieFrom: 30 }, 'died'],
    ['answers errors', { failFrom: 5 }, 'error'],
    ['hangs', { delayMs: 60_000 }, 'timeout'],
    ['is not ready', { notReady: 'model' }, 'not-ready'],
  ] as const)('that %s is named, and the others are measured', async (_, manners, failure) => {
    const result = await bench(protocol, manners, ['latency.p50 <= 10s'], {
      timeMs: 1000,
      ...(failure === 'timeout' ? { timeoutMs: 2000 } : {}),
    });
    const [, local, served] = result.artifacts;
    expect(local!.latency_ms).not.toBeNull();
    expect(served!.failure).toBe(failure);
    // On a busy machine there may be too few rounds for a pass.
    expect(result.gates[0]!.verdict).toMatch(/^(pass|inconclusive)$/);
    expect(result.gates[1]!.verdict).toBe('not-measured');
    expect(result.gates[1]!.detail).toContain(served!.error);
    expect(benchExitStatus(result)).toBe(1);
    expect(benchExitStatus({ ...result, gates: [] })).toBe(3);
  });

  it('is searched for the rate that it carries', async () => {
    const result = await bench(protocol, { delayMs: 5 }, ['server.rate >= 20/s'], {
      candidates: [],
      scenario: 'server',
      limit: { metric: 'p90', limitMs: 1000 },
      timeMs: 4000,
    });
    const served = result.artifacts[1]!;
    expect(served.error).toBeNull();
    expect(served.server!.trials).toHaveLength(7);
    // One after the other it would be less than 200.
    expect(served.server!.highest_rate_per_s.value).toBeGreaterThan(200);
    expect(result.gates[0]!.verdict).toBe('pass');
  });
});
