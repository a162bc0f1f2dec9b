import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BenchResult } from '../../../src/bench/result.js';
import { benchArtifacts } from '../../../src/cli/bench.js';
import { compileModel } from '../../../src/compile/compile.js';
import { openingOf } from '../../../src/compile/opening.js';
import { writeModel } from '../../../src/onnx/write-file.js';
import { silentProgress } from '../../../src/progress.js';
import { normal, seededRandom } from '../../../src/tensor/random.js';
import { buildModel, f32, randomTensor } from '../../support/build.js';
import { build } from '../../cli/run-cli.js';
import { standIn, type StandIn } from './stand-in.js';

const versions = ['10.2.0', '11.1.0'];
const [features, classes, samples] = [4, 3, 30];
let folder = '';
let model = '';
let data = '';
let answers = '';
const weights = randomTensor([features, classes]);
const random = seededRandom(7);
const points = Array.from({ length: samples }, () => Array.from({ length: features }, () => normal(random)));
/** Scores worked out here, not by the runtime. */
const scores = points.map((point) =>
  Array.from({ length: classes }, (_, c) =>
    point.reduce((sum, value, f) => sum + Math.fround(value) * weights.toNumbers()[f * classes + c]!, 0),
  ),
);
const best = (values: readonly number[]): number => values.indexOf(Math.max(...values));

beforeAll(build, 180_000);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'infer-opt-engine-bench-'));
  model = join(folder, 'model.onnx');
  const linear = buildModel(17, (g) => {
    const y = g.node('MatMul', [g.input('x', `float32[N,${features}]`), g.constant('w', weights)]);
    g.output(y, 'y', `float32[N,${classes}]`);
  });
  await writeModel(linear, model);
  data = join(folder, 'samples.jsonl');
  await writeFile(data, points.map((x, i) => JSON.stringify({ x: [x], label: best(scores[i]!) })).join('\n'));
  // The engine answers as the model does, but for every tenth sample, where it sees the next class.
  answers = join(folder, 'answers.json');
  const given = points.map((x, i) => {
    const key = createHash('sha256')
      .update(f32([1, features], x).bytes())
      .digest('hex');
    const values = scores[i]!.map((_, c) => scores[i]![i % 10 === 0 ? (c + 2) % classes : c]!);
    return [key, [{ name: 'y', dimensions: `1x${classes}`, values }]];
  });
  await writeFile(answers, JSON.stringify(Object.fromEntries(given)));
});
const { TRTEXEC: named } = process.env;
afterEach(() => {
  if (named === undefined) delete process.env.TRTEXEC;
  else process.env.TRTEXEC = named;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function engineOf(version: string, queryMs = 1): Promise<{ engine: string; trtexec: StandIn }> {
  const trtexec = await standIn(folder, { version, answers, queryMs });
  const engine = join(folder, `model-${version}-${queryMs}.engine`);
  await compileModel({
    model,
    output: engine,
    target: 'tensorrt',
    force: true,
    measure: false,
    tensorrt: {
      trtexec: trtexec.path,
      timingCache: false,
      profiles: [`x=1x${features}:1x${features}:8x${features}`],
    },
  });
  return { engine, trtexec };
}

function bench(candidates: readonly string[], more: object = {}): Promise<BenchResult> {
  return benchArtifacts(
    { baseline: model, candidates, data, seed: 1, scenario: 'single', time: 500, ...more },
    { progress: silentProgress, signal: new AbortController().signal },
  );
}

describe.each(versions)('an engine of trtexec %s in a bench', (version) => {
  it('is run, timed, compared and judged like any artifact', async () => {
    const { engine, trtexec } = await engineOf(version);
    process.env.TRTEXEC = trtexec.path;
    const gate = ['agreement >= 0.5', 'latency.p50 <= 100ms', 'latency.p50 <= 1ms', 'size <= 100x'];
    const { artifacts, gates } = await bench([engine], { gate, time: 4000 });
    const found = artifacts[1]!;
    expect(found.error).toBeNull();
    // All samples are of the evaluation here, or a part of them: every tenth has another answer.
    expect(found.outputs?.agreement).toBeGreaterThan(0.75);
    expect(found.outputs?.agreement).toBeLessThan(1);
    expect(found.outputs?.max_abs).toBeGreaterThan(0.01);
    // 1.00 to 1.99 ms on the GPU, 0.25 ms to it and 0.25 ms back.
    expect(found.latency_ms?.p50).toBeGreaterThanOrEqual(1.5);
    expect(found.latency_ms?.p50).toBeLessThan(2.5);
    expect(found.load_ms).toBeCloseTo(210.22);
    expect(found).toMatchObject({ kernels: null, operators: null, nodes: null, peak_memory_bytes: null });
    expect(gates.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'fail', 'pass']);
    const timed = (await trtexec.calls()).filter((words) =>
      words.some((word) => word.startsWith('--exportTimes')),
    );
    expect(timed.length).toBeGreaterThan(3);
    for (const words of timed) {
      expect(words).toContain(`--shapes=x:1x${features}`);
      expect(words).not.toContain('--noDataTransfers');
      expect(words.includes('--includeDataTransfers')).toBe(version.startsWith('11'));
    }
  }, 60_000);
});

describe('an engine', () => {
  it('can be the baseline of another', async () => {
    const { engine, trtexec } = await engineOf('10.2.0', 4);
    process.env.TRTEXEC = trtexec.path;
    const { artifacts } = await bench([model], { baseline: engine });
    expect(artifacts[0]!.latency_ms?.p50).toBeGreaterThan(4);
    expect(artifacts[1]!.versus_baseline!.speedup!.value).toBeGreaterThan(1);
  }, 60_000);

  it('needs its manifest, and the version that built it', async () => {
    const { engine } = await engineOf('10.2.0');
    process.env.TRTEXEC = (await standIn(folder, { version: '10.14.1', answers })).path;
    const { artifacts } = await bench([engine]);
    expect(artifacts[1]!.error).toContain('was built by TensorRT 10.2.0, and trtexec here is 10.14.1');
    const manifest = await readFile(`${engine}.json`, 'utf8');
    await writeFile(engine, 'something else');
    await expect(openingOf(engine)).rejects.toThrow('is about another engine');
    await rm(`${engine}.json`);
    await expect(openingOf(engine)).rejects.toThrow('which tells what the engine takes and gives');
    expect(manifest).toContain('"interface"');
  }, 60_000);

  it('takes one request at a time', async () => {
    const { engine, trtexec } = await engineOf('10.2.0');
    process.env.TRTEXEC = trtexec.path;
    await expect(bench([engine], { concurrency: 2 })).rejects.toThrow('one request at a time');
    await expect(bench([engine], { scenario: 'server', slo: 'p99 <= 20ms' })).rejects.toThrow('one request');
  }, 60_000);

  it('is timed at a batch that its profile holds, and refused at another', async () => {
    const { engine, trtexec } = await engineOf('10.2.0');
    process.env.TRTEXEC = trtexec.path;
    const { artifacts } = await bench([engine], { batch: [1, 8, 16] });
    expect(artifacts[1]!.batches.map(({ batch }) => batch)).toEqual([1, 8]);
    expect(artifacts[1]!.error).toContain('no profile for a sample of x 16x4');
  }, 60_000);
});

it('an artifact for onnxruntime is opened without a second optimization', async () => {
  const output = join(folder, 'model.cpu.onnx');
  await compileModel({ model, output, target: 'onnxruntime', measure: false });
  expect(await openingOf(output)).toEqual({
    session: { graphOptimizationLevel: 'disabled', extra: { session: { load_model_format: 'ONNX' } } },
  });
  const { artifacts } = await bench([output]);
  expect(artifacts[1]).toMatchObject({ error: null, outputs: { max_abs: 0, agreement: 1 } });
  // A file that was changed since is a plain model again.
  await writeModel(
    buildModel(17, (g) => g.output(g.node('Relu', [g.input('x', 'float32[1]')]), 'y', 'float32[1]')),
    output,
  );
  expect(await openingOf(output)).toBeUndefined();
});
