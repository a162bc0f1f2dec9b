import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readRecipe, type RecipeJob } from '../../src/recipe/read-recipe.js';

const folder = mkdtempSync(join(tmpdir(), 'infer-opt-recipe-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function read(text: string, vars = {}, env: Record<string, string> = {}): Promise<RecipeJob[]> {
  const file = join(folder, 'recipe.yaml');
  writeFileSync(file, text);
  return readRecipe(file, vars, env);
}

const minimal = 'model: m.onnx\noutput: o.onnx\nsteps:\n  - quantize: {mode: static}\n';

describe('a recipe', () => {
  it('is steps with settings', async () => {
    const [job] = await read(`${minimal}  - bench: {gates: ['speedup >= 2'], time: 1.5s}\n  - fuse:\n`);
    expect(job?.steps.map(({ step, settings }) => [step.name, settings])).toEqual([
      ['quantize', { mode: 'static' }],
      ['bench', { gates: ['speedup >= 2'], time: '1.5s' }],
      ['fuse', {}],
    ]);
    expect(job?.steps[1]?.step.describe(job.steps[1].settings)).toBe(
      "bench --gate 'speedup >= 2' --time 1.5s",
    );
  });

  it('takes variables from the command line, the matrix, vars and the environment, in this order', async () => {
    const text = `vars: {a: vars, b: vars, n: 3}
matrix: {b: [x, y]}
model: \${a}-\${b}-\${c}-\${d:-none}-$\${a}.onnx
threads: \${n}
seed: \${e}
output: \${b}.onnx
steps: [{fuse: {}}]`;
    const jobs = await read(text, { a: 'given' }, { a: 'env', c: 'env', e: '7' });
    expect(jobs.map(({ recipe }) => recipe.model)).toEqual([
      'given-x-env-none-${a}.onnx',
      'given-y-env-none-${a}.onnx',
    ]);
    expect(jobs[0]?.recipe).toMatchObject({ threads: 3, seed: 7, output: 'x.onnx' });
  });

  it('has one job for each combination of its matrix', async () => {
    const jobs = await read(
      'matrix: {a: [1, 2, 3], b: [x, y]}\nmodel: m\noutput: ${a}${b}.onnx\nsteps: [{fuse: {}}]',
    );
    expect(jobs.map(({ recipe }) => recipe.output)).toEqual(
      ['1x', '1y', '2x', '2y', '3x', '3y'].map((n) => `${n}.onnx`),
    );
  });

  it('includes others, whose keys it may replace', async () => {
    writeFileSync(join(folder, 'base.yaml'), 'vars: {a: base, b: base}\nmodel: base.onnx\nseed: 3\n');
    const [job] = await read(
      'include: [base.yaml]\nvars: {a: own}\noutput: ${a}-${b}.onnx\nsteps: [{fuse: {}}]',
    );
    expect(job?.recipe).toMatchObject({ model: 'base.onnx', seed: 3, output: 'own-base.onnx' });
  });

  it('tells a mistake in an included file where it is', async () => {
    writeFileSync(join(folder, 'base.yaml'), '# comment\nmodel: m\nseed: many\n');
    await expect(read('include: [base.yaml]\noutput: o\nsteps: [{fuse: {}}]')).rejects.toThrow(
      /base\.yaml:3:7: seed: /,
    );
    writeFileSync(join(folder, 'base.yaml'), 'include: [recipe.yaml]\n');
    await expect(read('include: [base.yaml]\n')).rejects.toThrow(
      /base\.yaml:1:11: recipe\.yaml includes itself/,
    );
  });

  it.each([
    ['', /:1:1: expected a map/],
    ['- a', /:1:1: expected a map/],
    ['model: [', /:1:9: /],
    ['model: m\nmodel: n\n', /:2:1: .*unique/],
    ['model: 3\nsteps: [{fuse: {}}]\noutput: o', /:1:8: model: /],
    ['output: o\nsteps: [{fuse: {}}]', /:1:1: model: /],
    [`${minimal}colour: red\n`, /:5:\d+: there is no key colour/],
    ['model: m\noutput: o\nsteps:\n  - quantize: {mode: best}\n', /:4:22: steps\.0\.quantize\.mode: /],
    ['model: m\noutput: o\nsteps:\n  - quantize: {modus: auto}\n', /:4:\d+: there is no key modus/],
    [`${minimal}  - bench: {gates: ['top9 <= 1']}\n`, /:5:21: .*there is no metric top9/],
    [`${minimal}  - bench: {time: 10}\n`, /:5:19: /],
    [`${minimal}  - distill: {}\n`, /:5:\d+: .*expected a time or epochs/],
    [`${minimal}  - frobnicate: {}\n`, /:5:5: there is no step frobnicate/],
    [`${minimal}  - fuse: {}\n    quantize: {}\n`, /:6:\d+: expected one step, and found fuse and quantize/],
    [`${minimal}  - 7\n`, /:5:5: expected a step/],
    ['model: m\noutput: o\nsteps: []\n', /:3:8: steps: /],
    ['model: m\nsteps:\n  - fuse: {}\n', /:3:5: .*output: does not say/],
    ['model: ${nothing}\noutput: o\nsteps: [{fuse: {}}]', /:1:8: there is no variable nothing/],
    ['model: ${a b}\noutput: o\nsteps: [{fuse: {}}]', /:1:8: \$\{a b\} is no variable/],
    ['vars: {a: [1]}\nmodel: m\nsteps: [{fuse: {}}]', /:1:11: vars\.a: /],
    ['matrix: {a: []}\nmodel: m\nsteps: [{fuse: {}}]', /:1:13: matrix\.a: /],
    ['matrix: {a: [1, 2]}\nmodel: m\noutput: same\nsteps: [{fuse: {}}]', /:1:9: several combinations write/],
    ['model: m\n__proto__: {polluted: true}\nsteps: [{fuse: {}}]', /:2:1: the key __proto__ is refused/],
    ['vars: {constructor: 1}\nmodel: m', /:1:8: the key constructor is refused/],
    ['? [a]\n: b\n', /:1:3: a key must be a plain word/],
    ['include: [nowhere.yaml]', /nowhere\.yaml: it cannot be read/],
  ])('is refused with line and column: %j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
    await expect(read(text)).rejects.toMatchObject({ code: 'usage' });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('refuses aliases that multiply', async () => {
    const lines = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
    for (let i = 1; i < 9; i++) {
      const before = String.fromCharCode(96 + i);
      const name = String.fromCharCode(97 + i);
      lines.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(',')}]`);
    }
    const started = performance.now();
    await expect(read(lines.join('\n'))).rejects.toThrow('aliases stand for too much');
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
