import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileModel, type CompileResult } from '../../../src/compile/compile.js';
import type { TensorRtIntent } from '../../../src/compile/tensorrt/intent.js';
import type { TensorRtReport } from '../../../src/compile/tensorrt/report.js';
import { InferOptError } from '../../../src/errors.js';
import { writeModel } from '../../../src/onnx/write-file.js';
import { openSession } from '../../../src/runtime/session.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, f32, randomTensor } from '../../support/build.js';
import { root } from '../../cli/run-cli.js';
import { standIn, type StandInSettings } from './stand-in.js';

const versions = ['8.6.1', '10.2.0', '10.14.1', '11.1.0'];
let folder = '';
let model = '';
let quantized = '';
const cacheHome = process.env.XDG_CACHE_HOME;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'infer-opt-tensorrt-test-'));
  model = join(folder, 'model.onnx');
  quantized = join(folder, 'quantized.onnx');
  process.env.XDG_CACHE_HOME = join(folder, 'cache');
  await copyFile(join(root, 'fixtures', 'glyphs-resnet.onnx'), model);
  const small = buildModel(17, (g) => {
    const scale = g.constant('scale', f32([], [0.1]));
    const integers = g.node('QuantizeLinear', [
      g.input('x', 'float32[1,4]'),
      scale,
      g.constant('zero', Tensor.fromNumbers('int8', [], [0])),
    ]);
    const real = g.node('DequantizeLinear', [integers, scale, g.graph.get('zero')]);
    g.output(g.node('MatMul', [real, g.constant('w', randomTensor([4, 2]))]), 'y', 'float32[1,2]');
  });
  await writeModel(small, quantized);
});
afterAll(async () => {
  if (cacheHome === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = cacheHome;
  await rm(folder, { recursive: true, force: true });
});

let outputs = 0;

async function compile(
  settings: StandInSettings,
  intent: TensorRtIntent = {},
  more: { model?: string; data?: string; signal?: AbortSignal; output?: string } = {},
): Promise<{ result: CompileResult; report: TensorRtReport; calls: string[][]; output: string }> {
  const trtexec = await standIn(folder, settings);
  const output = more.output ?? join(folder, `model-${(outputs += 1)}.engine`);
  const result = await compileModel({
    model,
    ...more,
    output,
    target: 'tensorrt',
    tensorrt: { trtexec: trtexec.path, ...intent },
  });
  return { result, report: result.report as TensorRtReport, calls: await trtexec.calls(), output };
}

/** The error of a compilation that must fail, and what it left behind. */
async function failing(
  settings: StandInSettings,
  intent: TensorRtIntent = {},
  more: { model?: string; data?: string; signal?: AbortSignal } = {},
): Promise<{ error: InferOptError; left: string[] }> {
  const output = join(folder, `model-${(outputs += 1)}.engine`);
  const error: unknown = await compile(settings, intent, { ...more, output }).then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof InferOptError)) throw error;
  const prefix = `model-${outputs}.engine`;
  const left = (await readdir(folder)).filter((name) => name.includes(prefix));
  return { error, left };
}

describe.each(versions)('trtexec %s', (version) => {
  it('builds an engine, proves it, measures it, and keeps log and manifest', async () => {
    const { result, report, calls, output } = await compile({ version });
    expect(result.state).toBe('built');
    expect(report.trtexec).toMatchObject({ version, source: 'asked' });
    expect(JSON.parse(await readFile(output, 'utf8'))).toMatchObject({ standIn: true, version });
    expect(report.engine).toMatchObject({ build_seconds: 58.1, attempts: 1, log: `${output}.log` });
    expect(await readFile(`${output}.log`, 'utf8')).toContain('&&&& PASSED');
    expect(report.layers).toEqual({ total: 4, compute: { fp32: 3 }, verified: true });
    // 200 queries after the warm-up, of 1.00 to 1.99 ms: counted by hand.
    expect(report.latency).toMatchObject({
      queries: 200,
      queries_per_s: 100.5,
      samples_per_s: 100.5,
      batch: 1,
      compute_ms: { p50: expect.closeTo(1.49) as number, p90: expect.closeTo(1.89) as number, p99: null },
      method: { cuda_graph: true, spin_wait: true, transfers: false },
    });
    expect(calls).toHaveLength(2);
    const left = (await readdir(folder)).filter((name) => name.endsWith('.tmp'));
    expect(left).toEqual([]);
  });

  it('gives int8 only where the graph is quantized', async () => {
    const { report } = await compile({ version }, { precision: 'int8' }, { model: quantized });
    expect(report.layers?.compute).toEqual({ int8: 2, fp32: 1 });
    const { error, left } = await failing({ version }, { precision: 'int8' });
    expect(error.code).toBe('model');
    expect(error.hint).toContain('--target tensorrt');
    expect(left).toEqual([]);
  });

  it('never takes an FP32 engine for an FP16 one', async () => {
    const { error, left } = await failing(
      { version, failure: 'wrong-precision', graph: 'fp16' },
      { precision: 'fp16' },
    );
    // From 11 on the graph decides, and this one is float32: that is known before anything is built.
    expect(error.code).toBe(version.startsWith('11') ? 'model' : 'environment');
    expect(error.message).toContain(
      version.startsWith('11') ? 'from the graph' : 'without a single fp16 layer',
    );
    expect(left.filter((name) => !name.endsWith('.log'))).toEqual([]);
  });

  it.each([
    ['parser', 'model', 'cannot parse the model: In node 7'],
    ['killed', 'environment', 'ended by SIGKILL'],
    ['half-written', 'environment', 'the engine cannot be loaded'],
    ['no-engine', 'environment', 'wrote no engine'],
    ['no-device', 'environment', 'finds no GPU'],
    ['memory', 'environment', 'not enough free memory'],
    ['library', 'environment', 'libnvinfer.so.10'],
  ])('fails with a reason: %s', async (failure, code, message) => {
    const { error, left } = await failing({ version, failure });
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('\n');
    expect(error.hint).toBeDefined();
    // The log of a failure is kept, an engine or manifest never.
    expect(left.filter((name) => !name.endsWith('.log'))).toEqual([]);
  });

  it('says which option is unknown', async () => {
    const { error } = await failing({ version }, { extra: ['--noSuchThing=1'] });
    expect(error).toMatchObject({ code: 'usage' });
    expect(error.message).toContain('--noSuchThing');
  });

  it('tries once more with less memory, and not a third time', async () => {
    const { report, calls, result } = await compile({ version, failure: 'memory-once' });
    expect(report.engine?.attempts).toBe(2);
    expect(calls[0]!.some((word) => word.includes('workspace'))).toBe(false);
    expect(calls[1]).toContain('--memPoolSize=workspace:1024');
    expect(result.warnings.join()).toContain('tried again');
    const { error } = await failing({ version, failure: 'memory-once' }, { workspaceMiB: 64 });
    expect(error.message).toContain('not enough free memory');
  });
});

it('believes no exit status: a failure that ends with 0 is one', async () => {
  const { error } = await failing({ version: '10.2.0', failure: 'zero-exit' }, { extra: ['--odd'] });
  expect(error.message).toContain('--odd');
});

it('does not claim a precision that it cannot see', async () => {
  const { result, report } = await compile(
    { version: '10.2.0', failure: 'layer-names' },
    { precision: 'fp16' },
  );
  expect(report.layers?.verified).toBeNull();
  expect(result.warnings.join()).toContain('is not known');
});

it('carries unstable clocks into the result', async () => {
  const { result } = await compile({ version: '10.14.1', failure: 'unstable' });
  expect(result.warnings.join()).toContain('unstable, with coefficient of variance = 12.5%');
});

it('drops a timing cache that does not fit', async () => {
  const timingCache = join(folder, 'timing.cache');
  await writeFile(timingCache, 'of another device');
  const { report, calls } = await compile({ version: '10.2.0', failure: 'timing-cache' }, { timingCache });
  expect(report.engine?.attempts).toBe(2);
  expect(calls[1]!.some((word) => word.startsWith('--timingCacheFile'))).toBe(false);
  expect(await readFile(timingCache, 'utf8')).toBe('of another device');
});

it('keeps what a build measured in the timing cache', async () => {
  const timingCache = join(folder, 'kept', 'timing.cache');
  await compile({ version: '10.2.0' }, { timingCache });
  expect(await readFile(timingCache, 'utf8')).toBe('measured by 10.2.0');
  expect(await readdir(join(folder, 'kept'))).toEqual(['timing.cache']);
});

it('ends the whole family of processes when it is cancelled', async () => {
  const abort = new AbortController();
  const trtexec = await standIn(folder, { version: '10.2.0', failure: 'hang' });
  const output = join(folder, 'cancelled.engine');
  const request = {
    model,
    output,
    target: 'tensorrt',
    tensorrt: { trtexec: trtexec.path },
    signal: abort.signal,
  };
  const running = compileModel(request);
  const helper = await waitFor(() => readFile(join(trtexec.state, 'helper'), 'utf8').then(Number));
  abort.abort(new Error('enough'));
  await expect(running).rejects.toThrow('enough');
  await waitFor(() => (isAlive(helper) ? Promise.reject(new Error('alive')) : Promise.resolve(0)));
  expect((await readdir(folder)).filter((name) => name.includes('cancelled'))).toEqual([
    'cancelled.engine.log',
  ]);
});

it('stops at the time limit and says so', async () => {
  const { error } = await failing({ version: '11.1.0', failure: 'hang' }, { timeLimitMs: 700 });
  expect(error.message).toContain('longer than 0.7 s');
  expect(error.hint).toContain('--time-limit');
});

it('does not build what is there already', async () => {
  const { output } = await compile({ version: '10.2.0' });
  const again = await compile({ version: '10.2.0' }, {}, { output });
  expect(again.result.state).toBe('reused');
  expect(again.calls).toEqual([]);
  const other = await compile({ version: '10.14.1' }, {}, { output });
  expect(other.result.state).toBe('built');
});

it('compares the outputs of the engine with those of the model', async () => {
  const session = await openSession(quantized);
  const x = f32([1, 4], [0.1, -0.2, 0.3, 0.4]);
  const [y] = (await session.run(new Map([['x', x]]))).values();
  await session.close();
  const values = Array.from(y!.toFloat32());
  const written = join(folder, 'outputs.json');
  await writeFile(
    written,
    `[\n  { "name" : "y"\n  , "dimensions" : "1x2"\n  , "values" : [ ${values[0]!}, ${values[1]! + 0.5} ]\n  }\n]\n`,
  );
  const data = join(folder, 'samples.jsonl');
  await writeFile(data, `${JSON.stringify({ x: [[0.1, -0.2, 0.3, 0.4]] })}\n`);
  for (const version of versions) {
    const { report, calls } = await compile({ version, outputs: written }, {}, { model: quantized, data });
    expect(report.accuracy).toMatchObject({ samples: 1 });
    expect(report.accuracy!.max_abs).toBeCloseTo(0.5, 5);
    const signal = values[0]! ** 2 + values[1]! ** 2;
    expect(report.accuracy!.sqnr_db).toBeCloseTo(10 * Math.log10(signal / 0.25), 3);
    const fed = /--loadInputs=x:(\S+)/.exec(calls[2]!.join(' '))?.[1];
    expect(fed).toMatch(/input-0\.bin$/);
  }
});

async function waitFor<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (thrown) {
      if (tries > 100) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
