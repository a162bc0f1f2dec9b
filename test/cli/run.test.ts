import { execa } from 'execa';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/recipe/result.js';
import { build, inferOpt, root } from './run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'infer-opt-run-cli-'));
const model = join(root, 'fixtures', 'glyphs-resnet.onnx');
const data = join(root, 'fixtures', 'glyphs-resnet.yaml');

beforeAll(build, 180_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('run', () => {
  it('does what the example says', async () => {
    const words = ['run', 'examples/recipe.yaml', '--no-cache', '--json', '--quiet'];
    const { exitCode, stdout } = await inferOpt(words, { env: { OUT: folder } });
    const result = JSON.parse(stdout) as RunResult;
    expect(exitCode).toBe(result.verdict === 'fail' ? 1 : 0);
    expect(result.jobs.map(({ matrix, steps }) => [matrix.mode, steps.map(({ state }) => state)])).toEqual([
      ['static', ['done', 'done']],
      ['fp16', ['done', 'done']],
    ]);
    for (const mode of ['static', 'fp16'])
      expect(existsSync(join(folder, `glyphs-resnet.${mode}.onnx`))).toBe(true);
  }, 90_000);

  it('ends with 1 where a gate fails, and with 2 where the recipe is wrong, with line and column', async () => {
    const recipe = join(folder, 'gate.yaml');
    const text = `model: ${model}\ndata: ${data}\nsteps:\n  - bench: {gates: ['size <= 1KB'], time: 300ms}\n`;
    writeFileSync(recipe, text);
    const failed = await inferOpt(['run', recipe, '--no-cache', '--quiet']);
    expect(failed.exitCode).toBe(1);
    expect(failed.stdout).toMatch(/done +bench .*: fail$/m);
    writeFileSync(recipe, text.replace('bench', 'bensh'));
    const wrong = await inferOpt(['run', recipe]);
    expect(wrong).toMatchObject({ exitCode: 2, stdout: '' });
    expect(wrong.stderr).toContain('gate.yaml:4:5: there is no step bensh');
  }, 60_000);

  it('packages', async () => {
    const recipe = join(folder, 'package.yaml');
    const steps = '  - fuse:\n  - package: {output: repository, name: glyphs}\n';
    writeFileSync(recipe, `model: ${model}\ndata: ${data}\noutput: fused.onnx\nsteps:\n${steps}`);
    const { exitCode, stderr } = await inferOpt(['run', recipe, '--no-cache', '--quiet']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(existsSync(join(folder, 'repository', 'glyphs', '1', 'model.onnx'))).toBe(true);
  }, 60_000);
});

describe('init', () => {
  it('writes a recipe to begin with, once', async () => {
    const output = join(folder, 'starter.yaml');
    const words = ['init', model, '--data', data, '-o', output];
    expect((await inferOpt(words)).stdout).toContain(`infer-opt run ${output}`);
    expect(readFileSync(output, 'utf8')).toContain('mode: static');
    expect((await inferOpt(['run', output, '--dry-run'])).stdout).toContain('quantize --mode static');
    expect((await inferOpt(words)).exitCode).toBe(2);
  });
});

describe('examples', () => {
  it.each([
    [
      ['optimize.js', model, data, join(folder, 'optimized'), '8'],
      /^\S+ \([\d.-]+x\): \S+, gates: (pass|inconclusive)$/m,
    ],
    [
      ['quantize-and-bench.js', model, data, join(folder, 'by-hand.onnx')],
      /speed-up [\d.]+x\ntop1\.drop <= 0\.05: /,
    ],
  ])(
    '%j runs',
    async ([name, ...words], printed) => {
      const { stdout } = await execa(process.execPath, [join(root, 'examples', name!), ...words], {
        cwd: root,
      });
      expect(stdout).toMatch(printed);
    },
    60_000,
  );
});
