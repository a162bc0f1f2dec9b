import { appendFile, copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../scripts/setup.js';
import { compileModel } from '../../src/compile/compile.js';
import type { Manifest } from '../../src/compile/manifest.js';
import type { OnnxruntimeReport } from '../../src/compile/onnxruntime/report.js';
import { openSession } from '../../src/runtime/session.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { writeModel } from '../../src/onnx/write-file.js';
import { root } from '../cli/run-cli.js';
import { buildModel, f32 } from '../support/build.js';

const fixture = join(root, 'fixtures', 'glyphs-resnet.onnx');
let folder = '';
let model = '';

beforeAll(async () => {
  // The models are opened in processes of their own, which run what is built.
  ensureBuilt({ acceptErrors: true });
  folder = await mkdtemp(join(tmpdir(), 'infer-opt-compile-test-'));
  model = join(folder, 'model.onnx');
  await copyFile(fixture, model);
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(['onnx', 'ort'])('compiling for onnxruntime into .%s', (format) => {
  it('gives the same outputs without optimizing again', async () => {
    const output = join(folder, `same.${format}`);
    const result = await compileModel({ model, output, target: 'onnxruntime', measure: false });
    expect(result.state).toBe('built');
    expect(result.report).toMatchObject({ format, outputs: { identical: true, max_abs: 0 } });
    // Seen from outside of what made it: opened here, with optimization off, on other numbers.
    const [before, after] = [
      await openSession(model),
      await openSession(output, { optimization: 'disabled' }),
    ];
    const feeds = new Map(
      before.inputs.map(({ name, dims }) => {
        const lengths = dims.map((dim) => (typeof dim === 'number' ? dim : 1));
        const size = lengths.reduce((a, b) => a * b, 1);
        return [
          name,
          Tensor.float32(
            lengths,
            Float32Array.from({ length: size }, (_, i) => Math.sin(i)),
          ),
        ];
      }),
    );
    const [expected, actual] = [await before.run(feeds), await after.run(feeds)];
    for (const [name, tensor] of expected)
      expect(Buffer.from(actual.get(name)!.bytes()).equals(tensor.bytes())).toBe(true);
    await Promise.all([before.close(), after.close()]);
  });
});

it('tells how much faster the artifact opens', async () => {
  const output = join(folder, 'timed.onnx');
  const { report } = await compileModel({ model, output, target: 'onnxruntime' });
  const { load } = report as OnnxruntimeReport;
  expect(load!.rounds).toBeGreaterThanOrEqual(5);
  expect(load!.speedup).toBeCloseTo(load!.original_ms / load!.compiled_ms, 10);
  expect(load!.faster_in).toBeLessThanOrEqual(load!.rounds);
});

describe('the manifest', () => {
  it('names what made the artifact, and spares making it again', async () => {
    const output = join(folder, 'kept.onnx');
    const first = await compileModel({ model, output, target: 'onnxruntime', measure: false });
    const text = await readFile(`${output}.json`, 'utf8');
    const manifest = JSON.parse(text) as Manifest;
    expect(manifest).toMatchObject({
      schema: 'infer-opt/manifest@1',
      target: 'onnxruntime',
      input: { sha256: first.input.sha256 },
      output: { sha256: first.output?.sha256, bytes: (await readFile(output)).byteLength },
      environment: { arch: process.arch },
    });
    const again = await compileModel({ model, output, target: 'onnxruntime', measure: false });
    expect(again).toMatchObject({ state: 'reused', output: first.output, report: first.report });
    expect(await readFile(`${output}.json`, 'utf8')).toBe(text);
    expect(
      (await compileModel({ model, output, target: 'onnxruntime', measure: false, force: true })).state,
    ).toBe('built');
  });

  it.each([
    ['the artifact was changed', async (output: string) => appendFile(output, 'x')],
    ['the artifact is gone', async (output: string) => rm(output)],
    ['the manifest is damaged', async (output: string) => writeFile(`${output}.json`, '{')],
    [
      'it was made otherwise',
      async (output: string) => {
        const manifest = JSON.parse(await readFile(`${output}.json`, 'utf8')) as Manifest;
        await writeFile(`${output}.json`, JSON.stringify({ ...manifest, key: 'another' }));
      },
    ],
  ])('does not spare it where %s', async (_, damage) => {
    const output = join(folder, 'damaged.onnx');
    await compileModel({ model, output, target: 'onnxruntime', measure: false });
    await damage(output);
    expect((await compileModel({ model, output, target: 'onnxruntime', measure: false })).state).toBe(
      'built',
    );
  });
});

describe('compile', () => {
  it('writes nothing in a dry run', async () => {
    const before = await readdir(folder);
    const output = join(folder, 'planned.onnx');
    const result = await compileModel({ model, output, target: 'onnxruntime', dryRun: true });
    expect(result).toMatchObject({ state: 'planned', output: null, manifest: null });
    expect(await readdir(folder)).toEqual(before);
  });

  it('takes old files whose constants are listed as inputs', async () => {
    const file = join(folder, 'old.onnx');
    const old = buildModel(8, (g) => {
      const scale = g.constant('scale', f32([1, 3, 1, 1], [1, 2, 3]));
      g.graph.addInput(scale);
      const zeros = g.constant('zeros', f32([1, 3, 1, 1], [0, 0, 0]));
      g.graph.addInput(zeros);
      const sum = g.node('Add', [scale, zeros]);
      g.output(g.node('Mul', [g.input('x', 'float32[1,3,2,2]'), sum]), 'y', 'float32[1,3,2,2]');
    });
    old.irVersion = 3;
    await writeModel(old, file);
    const output = join(folder, 'old.compiled.onnx');
    await compileModel({ model: file, output, target: 'onnxruntime', measure: false });
    const session = await openSession(output, { optimization: 'disabled' });
    expect(session.inputs.map(({ name }) => name)).toEqual(['x']);
    await session.close();
  });

  it.each([
    ['an unknown target', { target: 'abacus', output: 'x.onnx' }, 'usage', 'there is no target "abacus"'],
    [
      'a name without a format',
      { target: 'onnxruntime', output: 'model.bin' },
      'usage',
      'the name must say the format',
    ],
    ['the input as output', { target: 'onnxruntime', output: 'model.onnx' }, 'output', 'is the input'],
  ])('refuses %s', async (_, { target, output }, code, message) => {
    const request = { model, output: join(folder, output), target };
    await expect(compileModel(request)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });
});
