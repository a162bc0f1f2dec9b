import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { quantizeModel } from '../../src/quantize/quantize.js';
import { runRecipe } from '../../src/recipe/run-recipe.js';
import { starterRecipe } from '../../src/recipe/starter.js';

const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url));
const model = join(fixtures, 'tokens-transformer.onnx');
const data = join(fixtures, 'tokens-transformer.yaml');
const folder = mkdtempSync(join(tmpdir(), 'infer-opt-run-'));
const cache = join(folder, 'cache');
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const sum = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

function recipe(name: string, steps: string, more = ''): string {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(
    file,
    `model: ${model}\ndata: ${data}\nsplit: {calibrate: 8, evaluate: 24}\noutput: ${name}.onnx\n${more}steps:\n${steps}`,
  );
  return file;
}

describe('running a recipe', () => {
  it('does its steps, writes from its own folder, and does nothing twice', async () => {
    const file = recipe(
      'dynamic',
      "  - quantize: {mode: dynamic}\n  - bench: {gates: ['size <= 0.9x'], time: 300ms}\n",
    );
    const first = await runRecipe({ recipe: file, cache });
    expect(first).toMatchObject({ schema: 'infer-opt/run@1', verdict: 'pass', cache: { found: 0 } });
    expect(first.jobs[0]?.steps.map(({ state, verdict }) => [state, verdict])).toEqual([
      ['done', null],
      ['done', 'pass'],
    ]);
    const output = join(folder, 'dynamic.onnx');
    const alone = join(folder, 'alone.onnx');
    await quantizeModel({ model, data, output: alone, mode: 'dynamic', measure: false });
    expect(first.jobs[0]?.sha256).toBe(sum(alone));
    expect(sum(output)).toBe(sum(alone));
    rmSync(output);
    const second = await runRecipe({ recipe: file, cache });
    expect(second.jobs[0]?.steps.map(({ state }) => state)).toEqual(['cached', 'cached']);
    expect(second).toMatchObject({ verdict: 'pass', cache: { found: 2, missing: 0 } });
    expect(sum(output)).toBe(sum(alone));
  }, 60_000);

  it('ends a job whose gate fails, and goes on with the others', async () => {
    const file = recipe(
      '${level}',
      "  - fuse: {level: '${level}'}\n  - bench: {gates: ['size <= ${limit}x'], time: 300ms}\n  - compile: {target: onnxruntime, output: '${level}.compiled.onnx'}\n",
      'matrix: {level: [safe, basic]}\nvars: {limit: 0.1}\n',
    );
    const failed = await runRecipe({ recipe: file });
    expect(failed.verdict).toBe('fail');
    expect(failed.jobs.map(({ steps }) => steps.map(({ state }) => state))).toEqual([
      ['done', 'done', 'not reached'],
      ['done', 'done', 'not reached'],
    ]);
    expect(existsSync(join(folder, 'safe.compiled.onnx'))).toBe(false);
    const passed = await runRecipe({ recipe: file, vars: { limit: 2 } });
    expect(passed.verdict).toBe('pass');
    expect(existsSync(join(folder, 'basic.compiled.onnx'))).toBe(true);
  }, 60_000);

  it('prunes, distills from its own model and quantizes', async () => {
    const file = recipe(
      'distilled',
      '  - prune: {scheme: magnitude, ratio: 0.5, repair: false}\n  - distill: {epochs: 2, rate: 0.002}\n  - quantize: {mode: dynamic}\n',
    );
    const run = await runRecipe({ recipe: file, cache });
    expect(run.jobs[0]?.steps.map(({ does }) => does)).toEqual([
      'prune --scheme magnitude --ratio 0.5 --no-repair',
      'distill --epochs 2 --rate 0.002',
      'quantize --mode dynamic',
    ]);
    expect(run.jobs[0]?.steps.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
    const again = await runRecipe({ recipe: file, cache });
    expect(again.jobs[0]?.steps.map(({ state }) => state)).toEqual(['cached', 'cached', 'cached']);
    const open = recipe('open', '  - distill: {rate: 0.002}\n');
    await expect(runRecipe({ recipe: open })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('expected a time or epochs') as string,
    });
  }, 60_000);

  it('only plans when asked', async () => {
    const file = recipe('planned', '  - fuse: {level: safe}\n  - quantize:\n');
    const plan = await runRecipe({ recipe: file, cache, dryRun: true });
    expect(plan).toMatchObject({ dry_run: true, verdict: 'planned' });
    expect(plan.jobs[0]?.steps.map(({ does }) => does)).toEqual(['fuse --level safe', 'quantize']);
    expect(existsSync(join(folder, 'planned.onnx'))).toBe(false);
  });

  it('says which step an error is from', async () => {
    const file = recipe('wrong', '  - quantize: {mode: dynamic}\n  - quantize: {mode: dynamic}\n');
    await expect(runRecipe({ recipe: file, cache })).rejects.toThrow(
      /^step 2 \(quantize\): .*quantized already/,
    );
    expect(existsSync(join(folder, 'wrong.onnx'))).toBe(false);
  });
});

describe('the starter', () => {
  it('is a recipe that can be planned, with the mode that suggests itself', async () => {
    const output = join(folder, 'starter.yaml');
    const text = await starterRecipe({ model, data, output });
    writeFileSync(output, text);
    expect(text).toContain('mode: dynamic');
    expect(text).toContain('top1.drop <= 0.01');
    const plan = await runRecipe({ recipe: output, dryRun: true });
    expect(plan.jobs[0]?.steps.map(({ name }) => name)).toEqual(['quantize', 'bench']);
    expect(await starterRecipe({ model, output })).toContain('cosine >= 0.99');
  });
});
