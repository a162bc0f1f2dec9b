import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadModel } from '../../src/onnx/load.js';
import { allocate, type GroupTrace } from '../../src/prune/channels/allocate.js';
import type { ChannelGroup } from '../../src/prune/channels/groups.js';
import type { Counter } from '../../src/prune/channels/remaining.js';
import { channelScores } from '../../src/prune/channels/scores/list.js';
import { searchLatency, type Attempt } from '../../src/prune/channels/latency-search.js';
import { parametersOf } from '../../src/prune/file-facts.js';
import { pruneModel } from '../../src/prune/prune.js';
import type { PruneRequest } from '../../src/prune/request.js';
import type { PruneResult } from '../../src/prune/result.js';
import { buildModel, randomTensor } from '../support/build.js';
import { build } from '../cli/run-cli.js';

const model = 'fixtures/glyphs-resnet.onnx';
let folder = '';
beforeAll(build, 180_000);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'infer-opt-budget-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function run(request: Partial<PruneRequest>): Promise<PruneResult> {
  return pruneModel({
    model,
    output: join(folder, 'pruned.onnx'),
    scheme: 'channel',
    data: 'fixtures/glyphs-resnet.yaml',
    dataset: { samples: 16 },
    measure: false,
    repair: false,
    ...request,
  });
}

describe('a budget', () => {
  it('of parameters is met, counted on the file', async () => {
    const { budget, ratio, output } = await run({ parameters: 0.6 });
    const [before, after] = [await loadModel(model), await loadModel(output.path)].map(parametersOf);
    expect(after! / before!).toBeLessThanOrEqual(0.6);
    expect(after! / before!).toBeGreaterThan(0.45);
    expect(budget).toEqual({ of: 'parameters', asked: 0.6, reached: after! / before! });
    expect(ratio).toBeNull();
  });

  it('of multiply-accumulates cuts what the ratio of the rest cuts', async () => {
    const byBudget = await run({ macs: 0.7 });
    const byRatio = await run({ ratio: 0.3 });
    expect(byBudget.macs).toEqual(byRatio.macs);
    expect(byBudget.layers).toEqual(byRatio.layers);
  });

  it('of latency is met as it is measured', async () => {
    const { budget, measured, macs } = await run({ latency: 0.9, measure: true });
    expect(budget).toMatchObject({ of: 'latency', asked: 0.9 });
    expect(budget!.reached).toBeCloseTo(1 / measured!.speedup, 12);
    expect(budget!.reached).toBeLessThanOrEqual(0.9 * 1.05);
    expect(macs!.after).toBeLessThan(macs!.before);
  }, 60_000);

  it.each<[Partial<PruneRequest>, string]>([
    [{ parameters: 0.01 }, 'cannot be pruned to 0.01x of parameters: channel reaches'],
    [{ macs: 0.5, ratio: 0.5 }, 'cannot both be met'],
    [{ macs: 0.5, latency: 0.5 }, 'cannot both be met'],
    [{ latency: 0.5, measure: false }, '--no-measure forbids it'],
    [{ macs: 0 }, 'not above 0'],
    [{ scheme: 'magnitude', macs: 0.5 }, '--macs is for --scheme channel'],
    [{ scheme: '2:4', score: 'l1' }, '--score is for --scheme channel'],
    [{ macs: 0.5, score: 'odd' }, 'no score "odd"'],
    [{}, 'needs a ratio'],
  ])('%o is refused', async (request, message) => {
    await expect(run(request)).rejects.toThrow(message);
  });
});

it('parameters are counted wherever they are kept', () => {
  const kept = buildModel(13, (g) => {
    const x = g.input('x', 'float32[1,6]');
    const held = g.node('Constant', [], { value: randomTensor([6, 4]) });
    const y = g.node('MatMul', [x, held]);
    g.output(g.node('Add', [y, g.constant('b', randomTensor([4]))]), 'y', 'float32[1,4]');
  });
  expect(parametersOf(kept)).toBe(28);
});

describe('an allocation', () => {
  const group = (name: string, width: number): ChannelGroup => {
    const value = buildModel(13, (g) => g.constant(name, randomTensor([width, 2]))).graph.get(name)!;
    const axis = { value, axis: 0, length: width, start: 0 };
    return { axes: [axis], units: Array.from({ length: width }, (_, i) => new Map([[axis, [i]]])) };
  };
  /** Every unit saves the same share of the whole. */
  const counter = (perUnit: number): Counter => ({
    total: () => 1000,
    gain: (_, units) => perUnit * units.length,
    remove: () => undefined,
  });
  const traceOf = (own: ChannelGroup, multiple: number): GroupTrace => ({
    group: own,
    order: own.units,
    cost: Float64Array.from(own.units, (_, i) => i + 1),
    multiple,
  });

  it('keeps to widths that kernels like', () => {
    const gone = allocate([traceOf(group('wide', 64), 8)], counter(1), 975);
    expect(gone.length).toBe(32);
  });

  it('but not where the last step would save much more than is asked for', () => {
    // Steps of 4 save a quarter each: 250 are asked for and 249.6 of them are there after the first.
    const gone = allocate([traceOf(group('narrow', 16), 4)], counter(62.4), 750);
    expect(gone.length).toBe(5);
  });
});

describe('a score', () => {
  it.each(channelScores.map(({ name }) => name))(
    '%s meets the ratio',
    async (score) => {
      const { ratio, layers } = await run({ ratio: 0.3, score });
      expect(ratio!.reached).toBeGreaterThanOrEqual(0.3);
      expect(layers.some(({ before, after }) => after < before)).toBe(true);
    },
    30_000,
  );

  it('by samples loses less than one by weights alone', async () => {
    const sqnr = async (score: string): Promise<number> =>
      (await run({ ratio: 0.3, score, repair: true })).outputs!.sqnr_db!;
    const [error, l1] = [await sqnr('error'), await sqnr('l1')];
    expect(error).toBeGreaterThan(l1);
  }, 30_000);
});

describe('the search for a latency', () => {
  /** A machine where half of the time does not hang on the work, and no cut goes below 0.1x. */
  const machine = (fixed: number, least: number, seen: number[]) => {
    return (share: number): Promise<Attempt> => {
      seen.push(share);
      const macs = Math.max(least, share);
      return Promise.resolve({ macs, latency: fixed + (1 - fixed) * macs });
    };
  };

  it.each([0, 0.3, 0.5])('finds the widest cut where %f of the time is fixed', async (fixed) => {
    const target = fixed + 0.25;
    const { found } = await searchLatency(target, machine(fixed, 0, []));
    const exact = (target - fixed) / (1 - fixed);
    expect(found!.latency).toBeLessThanOrEqual(target);
    expect(found!.macs).toBeGreaterThan(exact - 0.08);
  });

  it('gives up where even the smallest cut is too slow, and tells how far it went', async () => {
    const seen: number[] = [];
    const { found, tried } = await searchLatency(0.3, machine(0.5, 0.1, seen));
    expect(found).toBeUndefined();
    expect(seen.length).toBeLessThanOrEqual(6);
    expect(Math.min(...tried.map(({ latency }) => latency))).toBeGreaterThan(0.3);
  });
});
