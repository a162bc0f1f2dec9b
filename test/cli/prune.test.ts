import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PruneResult } from '../../src/prune/result.js';
import { build, inferOpt, root } from './run-cli.js';

const data = ['--data', join(root, 'fixtures', 'glyphs-resnet.yaml'), '--samples', '20'];
let folder = '';
let model = '';

beforeAll(async () => {
  build();
  folder = await mkdtemp(join(tmpdir(), 'infer-opt-prune-'));
  model = join(folder, 'model.onnx');
  await copyFile(join(root, 'fixtures', 'glyphs-resnet.onnx'), model);
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('prune', () => {
  it('writes an artifact and says in JSON what it is', async () => {
    const out = join(folder, 'sparse.onnx');
    const words = ['prune', model, '-o', out, '--scheme', '2:4', '--no-repair', ...data];
    const { exitCode, stdout, stderr } = await inferOpt([...words, '--json']);
    expect(exitCode).toBe(0);
    const result = JSON.parse(stdout) as PruneResult;
    expect(result.schema).toBe('infer-opt/prune@1');
    expect(result.output.bytes).toBe((await readFile(out)).byteLength);
    expect(result.pattern?.holds).toBe(true);
    expect(result.measured?.speedup).toBeGreaterThan(0);
    const shown = stderr.split('\n').filter((line) => line.startsWith('warning: '));
    expect(shown).toEqual(result.warnings.map((warning) => `warning: ${warning}`));
    await rm(out);
  });

  it('keeps to a budget, and says what is left', async () => {
    const out = join(folder, 'narrow.onnx');
    const words = [
      'prune',
      model,
      '-o',
      out,
      '--scheme',
      'channel',
      '--macs',
      '0.8x',
      '--no-repair',
      ...data,
    ];
    const { exitCode, stdout } = await inferOpt([...words, '--no-measure']);
    expect(exitCode).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /scheme channel, 0\.[67]\d+x of the multiply-accumulates, 0\.8x asked/,
    );
    await rm(out);
  });

  it.each([
    ['no ratio', ['--scheme', 'magnitude'], 'needs a ratio'],
    ['a ratio of 1', ['--ratio', '1'], 'from 0 to below 1'],
    ['a budget that is no share', ['--scheme', 'channel', '--macs', '80%'], 'such as 0.7x'],
    ['two budgets', ['--scheme', 'channel', '--macs', '0.8x', '--parameters', '0.8x'], 'cannot both be met'],
    ['an unknown scheme', ['--scheme', 'odd', '--ratio', '0.5'], 'no scheme "odd"'],
    [
      'a ratio that a pattern cannot reach',
      ['--scheme', '2:4', '--ratio', '0.9', '--no-repair'],
      'reaches 0.',
    ],
  ])('refuses %s in one line, and writes nothing', async (_, words, message) => {
    const out = join(folder, 'refused.onnx');
    const { exitCode, stdout, stderr } = await inferOpt(['prune', model, '-o', out, ...words, ...data]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    const lines = stderr.split('\n');
    expect(lines[0]).toMatch(/^error: /);
    expect(lines[0]).toContain(message);
    expect(lines.length).toBeLessThanOrEqual(2);
    expect(await readdir(folder)).toEqual(['model.onnx']);
  });
});
