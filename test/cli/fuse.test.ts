import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FuseResult } from '../../src/fuse/result.js';
import { build, inferOpt, root } from './run-cli.js';

let folder = '';
const model = join(root, 'fixtures', 'glyphs-resnet.onnx');

beforeAll(async () => {
  build();
  folder = await mkdtemp(join(tmpdir(), 'infer-opt-fuse-'));
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('fuse', () => {
  it('writes a smaller graph, compared with the original, and changes nothing the second time', async () => {
    const out = join(folder, 'model.onnx');
    const { exitCode, stdout } = await inferOpt(['fuse', model, '-o', out, '--json']);
    expect(exitCode).toBe(0);
    const result = JSON.parse(stdout) as FuseResult;
    expect(result.schema).toBe('infer-opt/fuse@1');
    expect(result.output.nodes).toBeLessThan(result.input.nodes);
    expect(result.output.bytes).toBe((await readFile(out)).byteLength);
    expect(result.verified.outcome).toBe('within-tolerance');
    expect(result.undone).toEqual([]);
    expect(result.operators.find(({ operator }) => operator === 'BatchNormalization')?.after ?? 0).toBe(0);

    const again = await inferOpt(['fuse', out, '-o', join(folder, 'again.onnx'), '--json']);
    expect((JSON.parse(again.stdout) as FuseResult).changes).toBe(0);
  });

  it('runs only the passes that are named, as far as it is told', async () => {
    const out = join(folder, 'safe.onnx');
    const words = [
      'fuse',
      model,
      '-o',
      out,
      '--pass',
      'conv-batchnorm',
      '--stop-after',
      '0',
      '--no-verify',
      '--json',
    ];
    const result = JSON.parse((await inferOpt(words)).stdout) as FuseResult;
    expect(result.passes.map(({ name }) => name)).toEqual(['conv-batchnorm']);
    expect([result.changes, result.verified.outcome]).toEqual([0, 'not-checked']);
  });

  it('lists every pass', async () => {
    const { exitCode, stdout } = await inferOpt(['fuse', '--list']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('conv-batchnorm');
  });

  it.each([
    [
      'an unknown pass',
      () => [model, '-o', join(folder, 'x.onnx'), '--skip', 'batchnorm'],
      'there is no pass "batchnorm"',
    ],
    ['no output', () => [model], '-o, --output is needed'],
    ['an older opset', () => [model, '-o', join(folder, 'x.onnx'), '--opset', '3'], 'cannot be carried back'],
  ])('refuses %s and writes nothing', async (_, words, message) => {
    const before = await readdir(folder);
    const { exitCode, stdout, stderr } = await inferOpt(['fuse', ...words()]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(await readdir(folder)).toEqual(before);
  });
});
