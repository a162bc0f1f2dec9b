import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runBench, type BenchRequest } from '../../src/bench/bench.js';
import { benchExitStatus, type BenchResult } from '../../src/bench/result.js';
import type { Dataset, Sample } from '../../src/data/types.js';
import { InferOptError } from '../../src/errors.js';
import { parseGate } from '../../src/gates/parse.js';
import { silentProgress, type Progress } from '../../src/progress.js';
import { normal, seededRandom } from '../../src/tensor/random.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { encodeTiny, linear, writeTiny, type TinyModel } from './tiny-models.js';
import { build } from '../cli/run-cli.js';

beforeAll(build, 180_000);

const classes = 7;
const features = 4;
const random = seededRandom(11);
const weights = Array.from({ length: features * classes }, () => normal(random));
const shaken = weights.map((weight) => weight + 0.4 * normal(random));
const points = Array.from({ length: 60 }, () => Array.from({ length: features }, () => normal(random)));

/** Scores worked out here, not by the runtime. */
function scores(point: readonly number[], by: readonly number[]): number[] {
  return Array.from({ length: classes }, (_, c) =>
    point.reduce((sum, value, f) => sum + value * by[f * classes + c]!, 0),
  );
}
const best = (values: readonly number[]): number => values.indexOf(Math.max(...values));
/** Labels by the baseline's own scores, every fifth one moved on, so that its accuracy is 0.8. */
const labels = points.map((point, i) => (best(scores(point, weights)) + (i % 5 === 0 ? 1 : 0)) % classes);

function dataset(options: Partial<Dataset> = {}): Dataset {
  const set = {
    size: points.length,
    get: (i: number): Promise<Sample> =>
      Promise.resolve({
        id: `#${i}`,
        inputs: new Map([['x', Tensor.float32([1, features], points[i]!)]]),
        label: labels[i],
      }),
  };
  return {
    name: 'points',
    sha256: 'abc',
    task: 'classification',
    labelled: true,
    calibrate: { ...set, size: 0 },
    evaluate: set,
    state: new Map(),
    ...options,
  };
}

const baseline = writeTiny('baseline', linear(features, classes, weights));
const candidate = writeTiny('candidate', linear(features, classes, shaken));

function bench(
  candidates: readonly string[],
  more: Partial<BenchRequest> = {},
  gates: string[] = [],
): Promise<BenchResult> {
  return runBench({
    baseline,
    candidates,
    openDataset: () => Promise.resolve(dataset()),
    gates: gates.map(parseGate),
    timeMs: 400,
    ...more,
  });
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof InferOptError)) throw new Error(`expected an InferOptError, got ${String(thrown)}`);
  return `${thrown.code}: ${thrown.message}`;
}

describe('runBench', () => {
  it('measures what can be worked out by hand', async () => {
    const result = await bench([candidate], {}, ['top1.drop <= 1', 'size <= 1x', 'top1 >= 0.99']);
    const [base, other] = result.artifacts;
    const right = (by: readonly number[]): boolean[] =>
      points.map((p, i) => best(scores(p, by)) === labels[i]);
    const share = (flags: readonly boolean[]): number => flags.filter(Boolean).length / flags.length;
    expect(base!.accuracy.top1).toBe(0.8);
    expect(other!.accuracy.top1).toBe(share(right(shaken)));
    const lost = points.filter((_, i) => right(weights)[i] && !right(shaken)[i]).length;
    const drop = other!.versus_baseline!.drop.top1!;
    expect(drop.only_baseline).toBe(lost);
    expect(drop.value).toBeCloseTo(0.8 - share(right(shaken)), 12);
    expect(drop.ci95![0]).toBeLessThan(drop.value);
    expect(base!.accuracy.top5).toBeGreaterThan(base!.accuracy.top1!);
    const taken = new Map<string, number>();
    for (const [i, point] of points.entries()) {
      const pair = `${labels[i]} ${best(scores(point, shaken))}`;
      taken.set(pair, (taken.get(pair) ?? 0) + 1);
    }
    expect(other!.confusion!.map(([label, answer, count]) => [`${label} ${answer}`, count])).toEqual(
      [...taken].sort(([a], [b]) => (a < b ? -1 : 1)),
    );

    const same = points.map((p) => best(scores(p, weights)) === best(scores(p, shaken)));
    expect(other!.outputs!.agreement).toBe(share(same));
    const errors = points.flatMap((p) => scores(p, weights).map((value, c) => value - scores(p, shaken)[c]!));
    const signal = points.flatMap((p) => scores(p, weights)).reduce((sum, value) => sum + value ** 2, 0);
    const noise = errors.reduce((sum, value) => sum + value ** 2, 0);
    expect(other!.outputs!.sqnr_db).toBeCloseTo(10 * Math.log10(signal / noise), 3);
    expect(other!.outputs!.max_abs).toBeCloseTo(Math.max(...errors.map(Math.abs)), 5);
    expect(other!.outputs!.by_output).toMatchObject([{ name: 'scores', agreement: share(same) }]);

    expect(base!.bytes).toBe(statSync(baseline).size);
    expect(other!.versus_baseline!.size_ratio).toBe(statSync(candidate).size / statSync(baseline).size);
    expect(result.gates.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'fail']);
    expect(result.verdict).toBe('fail');
    expect(benchExitStatus(result)).toBe(1);
  });

  it('has the fields of the contract', async () => {
    // Time enough for an interval on a busy machine as well; a quiet one ends earlier.
    const result = await bench([candidate], { timeMs: 3000 }, ['speedup >= 0.01']);
    expect(result).toMatchObject({
      schema: 'infer-opt/bench@1',
      tool: { name: 'infer-opt' },
      dataset: { name: 'points', sha256: 'abc', samples: 60 },
      verdict: 'pass',
    });
    const [base, other] = result.artifacts;
    expect(base).toMatchObject({ path: baseline, role: 'baseline', outputs: null, versus_baseline: null });
    expect(base!.sha256).toMatch(/^[0-9a-f]{64}$/);
    const latency = other!.latency_ms!;
    expect(latency.samples).toBeGreaterThanOrEqual(90);
    expect(latency.p50).toBeLessThanOrEqual(latency.p95!);
    expect(other!.throughput_per_s).toBeCloseTo(1000 / latency.p50, 9);
    const { speedup } = other!.versus_baseline!;
    expect(speedup!.value).toBeCloseTo(base!.latency_ms!.p50 / latency.p50, 9);
    expect(speedup!.ci95![0]).toBeLessThanOrEqual(speedup!.ci95![1]);
    expect(result.gates[0]).toMatchObject({
      expr: 'speedup >= 0.01',
      metric: 'speedup',
      limit: 0.01,
      actual: speedup!.value,
      verdict: 'pass',
      artifact: candidate,
    });
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    expect(benchExitStatus(result)).toBe(0);
  });

  it('sends as many requests as a p99 gate needs', async () => {
    const result = await bench([candidate], { timeMs: 2000 }, ['latency.p99 <= 10s']);
    expect(result.artifacts[1]!.latency_ms!.samples).toBeGreaterThanOrEqual(459);
    expect(result.artifacts[1]!.latency_ms!.p99).not.toBeNull();
    expect(result.gates[0]!.verdict).toBe('pass');
  });

  it('gives a half-precision candidate the same numbers in its own type', async () => {
    const half = writeTiny('half', {
      ...linear(features, classes, weights),
      inputs: [{ name: 'x', type: 'float16', dims: ['batch', features] }],
      outputs: [{ name: 'scores', type: 'float16', dims: ['batch', classes] }],
      nodes: [
        { op: 'Cast', inputs: ['x'], outputs: ['wide'], ints: { to: 1 } },
        { op: 'MatMul', inputs: ['wide', 'w'], outputs: ['product'] },
        { op: 'Cast', inputs: ['product'], outputs: ['scores'], ints: { to: 10 } },
      ],
    });
    const [, result] = (await bench([half])).artifacts;
    expect(result!.error).toBeNull();
    // Half floats have 11 bits: about 70 dB, and never exact.
    expect(result!.outputs!.sqnr_db).toBeGreaterThan(50);
    expect(result!.outputs!.max_abs).toBeGreaterThan(0);
    expect(result!.latency_ms).not.toBeNull();
  });

  it('passes a model against itself: not one answer differs', async () => {
    const result = await bench([baseline], {}, ['top1.drop <= 0', 'agreement >= 1', 'max_abs <= 0']);
    expect(result.gates.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'pass']);
  });

  it('does without a candidate', async () => {
    const result = await bench([], {}, ['latency.p50 <= 1s']);
    expect(result.artifacts).toHaveLength(1);
    expect(result.gates).toMatchObject([{ verdict: 'pass', artifact: baseline }]);
  });

  it('reads nodes and kernels through what it is given', async () => {
    const kernels = {
      integer: 1,
      float: 0,
      integer_share_of_macs: 1,
      dequantized_weights: 0,
      left_float: [],
    };
    const extra = writeTiny('weights', Uint8Array.of(1, 2, 3));
    const result = await bench([candidate], {
      readFacts: (path) => Promise.resolve({ nodes: 1, files: path === candidate ? [extra] : [] }),
      describeKernels: (path) =>
        path === candidate ? Promise.resolve(kernels) : Promise.reject(new Error('no luck')),
    });
    expect(result.artifacts[1]).toMatchObject({ nodes: 1, kernels, bytes: statSync(candidate).size + 3 });
    expect(result.artifacts[0]!.kernels).toBeNull();
    expect(result.warnings.join()).toContain('its kernels could not be read: no luck');
  });
});

describe('batches', () => {
  it('are stacked, and a model that cannot take them is named', async () => {
    const fixed: TinyModel = linear(features, classes, shaken);
    const rigid = writeTiny('rigid', {
      ...fixed,
      inputs: [{ name: 'x', type: 'float32', dims: [1, features] }],
      outputs: [{ name: 'scores', type: 'float32', dims: [1, classes] }],
    });
    const result = await bench([candidate, rigid], { batches: [1, 4] });
    const [base, , stiff] = result.artifacts;
    expect(base!.batches.map(({ batch }) => batch)).toEqual([1, 4]);
    const [, four] = base!.batches;
    expect(four!.throughput_per_s).toBeCloseTo(4000 / four!.latency_ms.p50, 9);
    expect(base!.latency_ms).toEqual(base!.batches[0]!.latency_ms);
    expect(stiff!.batches.map(({ batch }) => batch)).toEqual([1]);
    expect(result.warnings.join('\n')).toContain(
      'rigid.onnx: input "x" has 1 as its first length, so there are no batches of 4',
    );
    expect(stiff!.error).toBeNull();
  });

  it('that the baseline cannot take are refused when everything hangs on them', async () => {
    const rigid = writeTiny('rigid-baseline', {
      ...linear(features, classes, weights),
      inputs: [{ name: 'x', type: 'float32', dims: [1, features] }],
    });
    expect(await messageOf(bench([], { baseline: rigid, batches: [8] }))).toContain('usage: ');
  });
});

describe('candidates that fail', () => {
  const nan = writeTiny('nan', linear(features, classes, [NaN, ...weights.slice(1)]));
  const renamed = writeTiny('renamed', {
    ...linear(features, classes, weights),
    inputs: [{ name: 'y', type: 'float32', dims: ['batch', features] }],
    nodes: [{ op: 'MatMul', inputs: ['y', 'w'], outputs: ['scores'] }],
  });
  const broken = writeTiny('broken', encodeTiny(linear(features, classes, weights)).slice(0, 100));

  it('are recorded, and the others are measured', async () => {
    const result = await bench([renamed, candidate, broken]);
    expect(result.artifacts.map(({ error }) => error !== null)).toEqual([false, true, false, true]);
    expect(result.artifacts[1]!.error).toContain('renamed.onnx: has no input "x"');
    expect(result.artifacts[1]).toMatchObject({ latency_ms: null, accuracy: {}, outputs: null, batches: [] });
    expect(result.artifacts[2]!.versus_baseline!.speedup).not.toBeNull();
    expect(result.verdict).toBe('fail');
    expect(benchExitStatus(result)).toBe(3);
  });

  it('leave their gates not measured, whatever the gate', async () => {
    const result = await bench([broken], {}, ['size <= 1x', 'speedup >= 0.1']);
    expect(result.gates.map(({ verdict }) => verdict)).toEqual(['not-measured', 'not-measured']);
    expect(result.gates[0]!.detail).toContain('broken.onnx');
    expect(benchExitStatus(result)).toBe(1);
  });

  it('by NaN are named with output and sample, and their latency still counts', async () => {
    const result = await bench([nan], {}, ['cosine >= 0.5']);
    expect(result.artifacts[1]!.outputs).toMatchObject({ cosine: null, sqnr_db: null, agreement: null });
    expect(result.warnings.join('\n')).toContain('nan.onnx: output "scores" holds NaN at sample #0');
    expect(result.gates[0]!.verdict).toBe('not-measured');
    expect(result.artifacts[1]!.latency_ms).not.toBeNull();
  });

  it('by a crash are named with what they were doing', async () => {
    // An output of type int4 ends the process of the runtime's binding.
    const crashing = writeTiny('crashing', {
      opset: 21,
      inputs: [{ name: 'x', type: 'float32', dims: ['batch', features] }],
      outputs: [{ name: 'scores', type: 'int4', dims: ['batch', features] }],
      nodes: [{ op: 'Cast', inputs: ['x'], outputs: ['scores'], ints: { to: 22 } }],
    });
    const result = await bench([crashing, candidate]);
    expect(result.artifacts[1]!.error).toMatch(
      /crashing\.onnx: its process died during "run" .*\(sample #0\)/,
    );
    expect(result.artifacts[2]!.error).toBeNull();
  });
});

describe('memory that grows', () => {
  const preloaded = process.env.NODE_OPTIONS;
  beforeAll(() => {
    process.env.NODE_OPTIONS = `--require ${join(import.meta.dirname, 'leaky-model.cjs')}`;
  });
  afterAll(() => {
    if (preloaded === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = preloaded;
  });

  it('fails a candidate by name; the others are measured, and a baseline is warned about', async () => {
    const leaky = writeTiny('leaky-one', linear(features, classes, weights));
    const result = await bench([leaky, candidate], { timeMs: 3000 }, ['speedup >= 0.01']);
    expect(result.artifacts.map(({ failure }) => failure)).toEqual([null, 'leak', null]);
    expect(result.artifacts[1]!.error).toMatch(/leaky-one\.onnx: it leaks: its memory grew from .* a run$/);
    expect(result.gates.map(({ verdict }) => verdict)).toEqual(['not-measured', 'pass']);
    expect(benchExitStatus(result)).toBe(1);
    const alone = await bench([], { baseline: leaky, timeMs: 3000 });
    expect(alone.artifacts[0]!.error).toBeNull();
    expect(alone.warnings.join('\n')).toContain('it leaks');
  });
});

describe('bad requests', () => {
  it('name the file that is not there', async () => {
    expect(await messageOf(bench(['/nowhere/at/all.onnx']))).toBe(
      'usage: /nowhere/at/all.onnx: there is no such file',
    );
  });

  it('name a gate that has nothing to compare with, or no labels', async () => {
    expect(await messageOf(bench([], {}, ['speedup >= 2']))).toContain(
      "gate 'speedup >= 2' compares with the baseline",
    );
    const unlabelled = { openDataset: () => Promise.resolve(dataset({ labelled: false })) };
    expect(await messageOf(bench([candidate], unlabelled, ['top1.drop <= 0.01']))).toContain(
      'needs labels, and points has none',
    );
  });

  it('name a label that no class has', async () => {
    const set = dataset();
    const wrong = {
      ...set.evaluate,
      get: async (i: number): Promise<Sample> => ({ ...(await set.evaluate.get(i)), label: 7 }),
    };
    const request = { openDataset: () => Promise.resolve(dataset({ evaluate: wrong })) };
    expect(await messageOf(bench([], request))).toContain(
      'data: sample #0 has label 7, and the output scores 7 classes',
    );
  });

  it('end with the baseline', async () => {
    const garbage = writeTiny('garbage', Uint8Array.of(9, 9, 9));
    expect(await messageOf(bench([candidate], { baseline: garbage }))).toContain('model: ');
  });

  it.each(['Opening models', 'Comparing outputs', 'Measuring latency'])(
    'end when aborted while %s',
    async (label) => {
      const controller = new AbortController();
      const progress: Progress = {
        start(started) {
          if (started === label) controller.abort();
          return silentProgress.start(started);
        },
      };
      await expect(bench([candidate], { signal: controller.signal, progress })).rejects.toThrow(/abort/i);
    },
  );
});

describe('models with state', () => {
  it('get their own last output back, in the order of the samples', async () => {
    const sum = (name: string, scale: number): string =>
      writeTiny(name, {
        inputs: [
          { name: 'x', type: 'float32', dims: [1] },
          { name: 'before', type: 'float32', dims: [1] },
        ],
        outputs: [{ name: 'after', type: 'float32', dims: [1] }],
        nodes: [
          { op: 'Mul', inputs: ['x', 's'], outputs: ['scaled'] },
          { op: 'Add', inputs: ['scaled', 'before'], outputs: ['after'] },
        ],
        weights: { s: { dims: [1], values: [scale] } },
      });
    const evaluate = {
      size: 4,
      get: (i: number): Promise<Sample> =>
        Promise.resolve({
          id: `${i}`,
          inputs: new Map([
            ['x', Tensor.float32([1], [1])],
            ['before', Tensor.float32([1], [0])],
          ]),
        }),
    };
    const data = dataset({ labelled: false, evaluate, state: new Map([['after', 'before']]) });
    const result = await bench([sum('sum-slower', 0.5)], {
      baseline: sum('sum', 1),
      openDataset: () => Promise.resolve(data),
    });
    // 1, 2, 3, 4 against 0.5, 1, 1.5, 2: the difference grows to 2.
    expect(result.artifacts[1]!.outputs!.max_abs).toBe(2);
  });
});
