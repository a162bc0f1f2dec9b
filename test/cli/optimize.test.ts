import { execa } from 'execa';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OptimizeResult } from '../../src/search/result.js';
import { build, inferOpt, root } from './run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'infer-opt-optimize-'));
const model = join(root, 'fixtures', 'glyphs-resnet.onnx');
const cache = join(folder, 'cache');
const flags = [
  ...['--data', join(root, 'fixtures', 'glyphs-resnet.yaml'), '--split', 'calibrate=8,evaluate=36'],
  ...['--gate', 'top1.drop <= 0.3', '--time', '30s', '--cache', cache],
];

beforeAll(build, 180_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function resultOf(stdout: string): OptimizeResult {
  return JSON.parse(stdout) as OptimizeResult;
}

describe('optimize', () => {
  it('goes on after it was killed, repeats nothing that was finished, and leaves nothing half done', async () => {
    const output = join(folder, 'killed');
    const words = [
      'optimize',
      model,
      '-o',
      output,
      ...flags,
      '--only',
      'float',
      '--only',
      'static',
      '--json',
    ];
    const child = execa(process.execPath, [join(root, 'bin', 'infer-opt.js'), ...words], { reject: false });
    const values = join(cache, 'v1', 'values');
    const finished = (): number =>
      existsSync(values)
        ? readdirSync(values, { recursive: true }).filter((name) => String(name).endsWith('.json')).length
        : 0;
    for (const end = Date.now() + 25_000; finished() === 0 && Date.now() < end;)
      await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill('SIGKILL');
    await child;
    expect(existsSync(output)).toBe(false);
    const before = finished();
    expect(before).toBeGreaterThan(0);
    const { exitCode, stdout } = await inferOpt(words);
    const result = resultOf(stdout);
    expect(exitCode).toBe(0);
    expect(result.cache!.found).toBeGreaterThanOrEqual(before);
    expect(existsSync(result.winner.path)).toBe(true);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(readFileSync(join(output, 'recipe.yaml'), 'utf8')).toContain('steps:');
  }, 120_000);

  it('tells in words what was tried, what won, and how to get it again', async () => {
    const output = join(folder, 'killed');
    const again = await inferOpt(['optimize', model, '-o', output, ...flags, '--only', 'static', '--quiet']);
    expect(again).toMatchObject({ exitCode: 2, stdout: '' });
    expect(again.stderr).toMatch(/the folder .* exists\n {2}hint: .*--force/);
    const { exitCode, stdout, stderr } = await inferOpt(
      ['optimize', model, '-o', output, ...flags, '--only', 'static', '--quiet', '--force'],
      { cwd: folder },
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^winner {3}(static\S*|original), \d\.\d\dx: (killed\/|\/)/m);
    expect(stdout).toMatch(/^static +.* [\d.]+x +123 kB/m);
  }, 90_000);

  it('is measured in parts, which merge to what one run would have', async () => {
    const only = ['--only', 'static', '--json', '--quiet'];
    const files: string[] = [];
    for (const index of [0, 1]) {
      const words = [
        'optimize',
        model,
        '-o',
        join(folder, `part-${index}`),
        ...flags,
        ...only,
        '--shard',
        '2',
      ];
      const { stdout } = await inferOpt(words, { env: { JOB_COMPLETION_INDEX: String(index) } });
      expect(resultOf(stdout).settings.shard).toEqual({ index: index + 1, count: 2 });
      files.push(join(folder, `part-${index}.json`));
      writeFileSync(files[index]!, stdout);
    }
    const merged = await inferOpt(['report', 'merge', files[1]!, files[0]!]);
    const whole = await inferOpt(['optimize', model, '-o', join(folder, 'whole'), ...flags, ...only]);
    expect(merged.exitCode).toBe(0);
    const names = (stdout: string): string[] => resultOf(stdout).candidates.map(({ name }) => name);
    expect(names(merged.stdout)).toEqual(names(whole.stdout));
    expect(resultOf(merged.stdout).winner.name).toMatch(/^static/);
    const twice = await inferOpt(['report', 'merge', files[1]!, files[1]!]);
    expect(twice).toMatchObject({ exitCode: 2, stdout: '' });
  }, 120_000);

  it.each([
    [['--gate', 'top9 <= 3'], 'there is no metric top9'],
    [['--shard', '3/2'], 'parts count from 1 to 2'],
    [['--only', 'magic'], 'there is no kind of candidate "magic"'],
    [['--time', '10'], 'a time with its unit'],
    [['--prune', '1.5'], 'between 0 and 1'],
  ])('refuses %j before it begins', async (words, message) => {
    const { exitCode, stdout, stderr } = await inferOpt([
      'optimize',
      model,
      '-o',
      join(folder, 'no'),
      ...flags,
      ...words,
    ]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(existsSync(join(folder, 'no'))).toBe(false);
  });
});

describe('cache', () => {
  it('tells its size and is emptied', async () => {
    const size = await inferOpt(['cache', '--json'], { env: { XDG_CACHE_HOME: join(folder, 'none') } });
    expect(JSON.parse(size.stdout)).toMatchObject({ files: 0, folder: join(folder, 'none', 'infer-opt') });
    expect((await inferOpt(['cache', '--cache', cache])).stdout).toMatch(/cache: \d+ files, [\d.]+ [kM]B/);
    const pruned = JSON.parse((await inferOpt(['cache', 'prune', '--cache', cache, '--json'])).stdout) as {
      files: number;
      removed: { files: number };
    };
    expect(pruned.files).toBe(0);
    expect(pruned.removed.files).toBeGreaterThan(0);
    expect((await inferOpt(['cache', 'burn'])).exitCode).toBe(2);
  });
});
