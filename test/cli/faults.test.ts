import { execaSync } from 'execa';
import { appendFileSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fuseModel } from '../../src/fuse/fuse.js';
import { loadModel } from '../../src/onnx/load.js';
import type { Progress } from '../../src/progress.js';
import { pruneModel } from '../../src/prune/prune.js';
import { quantizeModel } from '../../src/quantize/quantize.js';
import { build, inferOpt, root } from './run-cli.js';

const model = join(root, 'fixtures', 'shapes-depthwise.onnx');
const data = join(root, 'fixtures', 'shapes-depthwise.yaml');
const folder = mkdtempSync(join(tmpdir(), 'infer-opt-faults-'));
const disk = join(folder, 'disk');
/** Enough for the old files, too little for any new one. */
const diskBytes = 64 * 1024;
const hasDisk = mount('-t', 'tmpfs', '-o', `size=${diskBytes}`, 'tmpfs', disk);
if (!hasDisk) console.warn('no file system can be mounted here: full and read-only disks are not tested');

/** The commands that write a file or folder, with what they need to be quick. */
const writing: readonly (readonly [name: string, output: string, words: readonly string[]])[] = [
  ['quantize', 'out.onnx', ['--mode', 'fp16', '--no-measure', '--samples', '4']],
  ['fuse', 'out.onnx', ['--no-verify']],
  ['prune', 'out.onnx', ['--scheme', 'magnitude', '--ratio', '0.5', '--no-repair', '--no-measure']],
  ['compile', 'out.onnx', ['--target', 'onnxruntime']],
  ['package', 'repository', ['--name', 'shapes', '--no-check']],
];

beforeAll(build, 180_000);
afterAll(() => {
  if (hasDisk) execaSync('umount', [disk], { reject: false });
  rmSync(folder, { recursive: true, force: true });
});

function mount(...words: string[]): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  mkdirSync(disk, { recursive: true });
  return execaSync('mount', words, { reject: false }).exitCode === 0;
}

describe.skipIf(!hasDisk)('a disk that takes nothing more', () => {
  it.each(writing)('%s: one line, status 2, and what was there stays', async (name, output, words) => {
    if (output === 'out.onnx') writeFileSync(join(disk, output), 'old');
    const before = readdirSync(disk);
    const ended = await inferOpt([name, model, '-o', join(disk, output), '--quiet', ...words]);
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toMatch(/^error: cannot write .*: no space is left on the disk\n {2}hint: .*$/);
    expect(readdirSync(disk)).toEqual(before);
    if (output === 'out.onnx') expect(readFileSync(join(disk, output), 'utf8')).toBe('old');
  });

  it.each(writing)('%s says that a disk is read-only', async (name, output, words) => {
    expect(mount('-o', 'remount,ro', disk)).toBe(true);
    try {
      const ended = await inferOpt([name, model, '-o', join(disk, output), '--quiet', ...words]);
      expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
      expect(ended.stderr).toMatch(/^error: cannot write .*: the file system is read-only\n {2}hint: .*$/);
    } finally {
      mount('-o', 'remount,rw', disk);
    }
  });

  it('optimize does not call the original the winner where candidates could not be written', async () => {
    const words = ['optimize', model, '-o', join(disk, 'optimized'), '--data', data, '--time', '3s'];
    const ended = await inferOpt([...words, '--only', 'float', '--no-cache', '--quiet']);
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toContain('no space is left on the disk');
    expect(readdirSync(disk)).toEqual(['out.onnx']);
  });
});

describe('a model that does not stay as it is', () => {
  const input = join(folder, 'input.onnx');
  const output = join(folder, 'changed.onnx');
  const jobs: readonly (readonly [string, (progress: Progress) => Promise<unknown>])[] = [
    [
      'quantize',
      (progress) =>
        quantizeModel({ model: input, output, mode: 'fp16', target: 'x86', measure: false, progress }),
    ],
    ['fuse', (progress) => fuseModel({ model: input, output, progress })],
    [
      'prune',
      (progress) =>
        pruneModel({
          model: input,
          output,
          scheme: 'magnitude',
          ratio: 0.5,
          repair: false,
          measure: false,
          progress,
        }),
    ],
  ];

  it.each(jobs)('%s writes nothing', async (_, job) => {
    copyFileSync(model, input);
    const changing = onFirstStep(() => {
      // A field that no reader knows: the same model in another file.
      appendFileSync(input, Uint8Array.of(0xfa, 0x7f, 0));
    });
    await expect(job(changing)).rejects.toMatchObject({
      code: 'model',
      message: `${input} changed while it was worked on`,
    });
    expect(existsSync(output)).toBe(false);
  });

  it.each(jobs)('%s says that it vanished', async (_, job) => {
    copyFileSync(model, input);
    const vanishing = onFirstStep(() => {
      rmSync(input);
    });
    await expect(job(vanishing)).rejects.toThrow(input);
    expect(existsSync(output)).toBe(false);
  });
});

function onFirstStep(act: () => void): Progress {
  let acted = false;
  return {
    start: () => {
      if (!acted) act();
      acted = true;
      return { note: () => undefined, advance: () => undefined, done: () => undefined };
    },
  };
}

describe('odd surroundings', () => {
  it('two processes on one output leave what one of them wrote', async () => {
    const out = join(folder, 'shared.onnx');
    const run = (...words: string[]) =>
      inferOpt(['quantize', model, '-o', out, '--no-measure', '--samples', '4', '--quiet', ...words]);
    const ended = await Promise.all([run('--mode', 'fp16'), run('--mode', 'static', '--data', data)]);
    expect(ended.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    await loadModel(out);
    expect(readdirSync(folder).filter((name) => name.startsWith('.shared'))).toEqual([]);
  });

  it('takes quotes, spaces, dollars and letters of any alphabet, in a plain locale and without a home', async () => {
    const odd = join(folder, `a b'c"d é模\u{1f980}$HOME;$(x)`);
    mkdirSync(odd);
    copyFileSync(model, join(odd, '-m odel.onnx'));
    const recipe = 'model: "./-m odel.onnx"\r\noutput: ./-out.onnx\r\nsteps:\r\n  - fuse:\r\n';
    writeFileSync(join(odd, '-recipe.yaml'), recipe);
    const env = { HOME: '', LANG: 'C', LC_ALL: 'C', XDG_CACHE_HOME: join(folder, 'cache') };
    const ended = await inferOpt(['run', '--quiet', '--', '-recipe.yaml'], { cwd: odd, env });
    expect({ ...ended, stdout: '' }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const packaged = await inferOpt(
      ['package', '-o', 're po', '--name', "it's", '--no-check', '--quiet', '--', '-out.onnx'],
      { cwd: odd, env },
    );
    expect({ ...packaged, stdout: '' }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    await loadModel(join(odd, 're po', "it's", '1', 'model.onnx'));
  });

  it('a folder for temporary files that is not there is no bug', async () => {
    const words = ['quantize', model, '-o', join(folder, 'none.onnx'), '--mode', 'fp16'];
    const ended = await inferOpt(words, { env: { TMPDIR: join(folder, 'gone') } });
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toMatch(/error: .*gone.*: it is not there/);
  });
});
