import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QuantizeResult } from '../../src/quantize/result.js';
import { build, inferOpt, root } from './run-cli.js';

const data = ['--data', join(root, 'fixtures', 'glyphs-resnet.yaml'), '--samples', '20'];
let folder = '';
let model = '';

beforeAll(async () => {
  build();
  folder = await mkdtemp(join(tmpdir(), 'infer-opt-quantize-'));
  model = join(folder, 'model.onnx');
  await copyFile(join(root, 'fixtures', 'glyphs-resnet.onnx'), model);
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('quantize', () => {
  it('writes an artifact, says what it is, and refuses to quantize it again', async () => {
    const out = join(folder, 'model.int8.onnx');
    const words = ['quantize', model, '-o', out, '--mode', 'static', '--no-measure', ...data];
    const { exitCode, stdout } = await inferOpt([...words, '--json']);
    expect(exitCode).toBe(0);
    const result = JSON.parse(stdout) as QuantizeResult;
    expect(result.schema).toBe('infer-opt/quantize@1');
    expect(result.output.bytes).toBe((await readFile(out)).byteLength);
    expect(result.output.size_ratio).toBeLessThan(0.35);
    expect(result.kernels?.float).toBe(0);

    const again = await inferOpt(['quantize', out, '-o', join(folder, 'again.onnx'), ...data]);
    expect({ exitCode: again.exitCode, stdout: again.stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(await readdir(folder)).not.toContain('again.onnx');
  });

  it.each([
    ['an output that is the input', () => [model, '-o', model], 'is the input'],
    ['an output that is a folder', () => [model, '-o', folder], 'it is a folder'],
    ['an output in no folder', () => [model, '-o', join(folder, 'none', 'x.onnx')], 'does not exist'],
    ['no output', () => [model], "required option '-o, --output <path>' not specified"],
    [
      'an unknown mode',
      () => [model, '-o', join(folder, 'x.onnx'), '--mode', 'int3'],
      'Allowed choices are auto, static',
    ],
    ['a model that is not there', () => ['nowhere.onnx', '-o', join(folder, 'x.onnx')], 'nowhere.onnx'],
    ['a file that is no model', () => [join(folder, 'text.onnx'), '-o', join(folder, 'x.onnx')], 'text.onnx'],
  ])('refuses %s in one line, and touches nothing', async (_, words, message) => {
    await writeFile(join(folder, 'text.onnx'), 'this is no model, and long enough to be taken for one');
    const before = await readdir(folder);
    const bytes = await readFile(model);
    const { exitCode, stdout, stderr } = await inferOpt(['quantize', ...words(), ...data]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    const lines = stderr.split('\n');
    expect(lines[0]).toMatch(/^error: /);
    expect(lines[0]).toContain(message);
    expect(lines.length).toBeLessThanOrEqual(2);
    expect(await readdir(folder)).toEqual(before);
    expect((await readFile(model)).equals(bytes)).toBe(true);
  });
});
