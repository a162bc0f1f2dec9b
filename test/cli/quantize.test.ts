import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QuantizeResult } from '../../src/quantize/result.js';
import { build, inferOpt, root } from './run-cli.js';

const model = join(root, 'fixtures', 'glyphs-resnet.onnx');
const data = ['--data', join(root, 'fixtures', 'glyphs-resnet.yaml'), '--samples', '8', '--no-measure'];
const folder = mkdtempSync(join(tmpdir(), 'infer-opt-cli-'));
const out = join(folder, 'out.onnx');

beforeAll(build, 180_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('quantize', () => {
  it('prints one JSON object on stdout, and the artifact is there', async () => {
    const { exitCode, stdout } = await inferOpt(['quantize', model, '-o', out, ...data, '--json']);
    const result = JSON.parse(stdout) as QuantizeResult;
    expect(exitCode).toBe(0);
    expect(result).toMatchObject({ schema: 'infer-opt/quantize@1', mode: 'static', kept_float: false });
    expect(result.calibration).toEqual({ method: 'auto', samples: 8, dataset: 'glyphs-resnet' });
    expect(readFileSync(out)).toHaveLength(result.output.bytes);
  });

  it('tells in words what came out, replaces the file, and is quiet when asked', async () => {
    writeFileSync(out, 'old');
    const { exitCode, stdout, stderr } = await inferOpt([
      'quantize',
      model,
      '-o',
      out,
      ...data,
      '--mode',
      'static',
      '--quiet',
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^written +\S+out\.onnx \(mode static, opset 17\)$/m);
    expect(stdout).toMatch(/^kernels +\d+ integer, 0 float; 100\.0% of MACs in integers$/m);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(
      80 + folder.length,
    );
    expect(readFileSync(out).length).toBeGreaterThan(1000);
  });

  it('warns on stderr alone', async () => {
    const { exitCode, stdout, stderr } = await inferOpt([
      ...['quantize', model, '-o', out, ...data, '--mode', 'fp16', '--exclude', '/nowhere/*', '--json'],
    ]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('--exclude /nowhere/* matches no node');
    expect((JSON.parse(stdout) as QuantizeResult).mode).toBe('fp16');
  });

  it('refuses what is quantized already, and writes nothing', async () => {
    const once = join(folder, 'once.onnx');
    const twice = join(folder, 'twice.onnx');
    await inferOpt(['quantize', model, '-o', once, ...data, '--mode', 'static', '--quiet']);
    const { exitCode, stdout, stderr } = await inferOpt(['quantize', once, '-o', twice, ...data]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.split('\n')[0]).toMatch(
      /is quantized already: it holds \d+ weights behind DequantizeLinear/,
    );
    expect(existsSync(twice)).toBe(false);
  });

  const broken = join(folder, 'broken.onnx');
  const lstm = join(root, 'fixtures', 'tones-lstm.onnx');
  it.each([
    [[model], "required option '-o, --output <"],
    [[model, '-o', model], 'glyphs-resnet.onnx'],
    [[model, '-o', join(folder, 'no', 'where', 'out.onnx')], 'where'],
    [['nowhere.onnx', '-o', out], 'nowhere.onnx'],
    [[broken, '-o', out], 'broken.onnx'],
    [[model, '-o', out, '--mode', 'int3'], 'Allowed choices are auto'],
    [[model, '-o', out, '--calibration', 'best'], 'Allowed choices are auto'],
    [[model, '-o', out, '--opset', '0'], 'must be from 1 to 99'],
    [[model, '-o', out, '--data', 'nowhere.yaml'], 'nowhere.yaml'],
    [[model, '-o', out, '--data', join(root, 'fixtures', 'tones-lstm.yaml')], 'input'],
    [
      [lstm, '-o', out, '--mode', 'static', '--exclude', '*', '--no-measure', '--samples', '2'],
      'mode static',
    ],
  ])('refuses %j with one line and exit status 2', async (words, message) => {
    writeFileSync(broken, readFileSync(model).subarray(0, 5000));
    writeFileSync(out, 'old');
    const { exitCode, stdout, stderr } = await inferOpt(['quantize', ...words]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    const errors = stderr.split('\n').filter((line) => /^error/.test(line));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(message);
    expect(stderr).not.toContain('    at ');
    expect(readFileSync(out, 'utf8')).toBe('old');
  });
});
