import { execa } from 'execa';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands/list.js';
import { needsSupervisor } from '../../src/cli/supervise.js';
import { temporaryPrefix } from '../../src/leftovers.js';
import { encodeModel } from '../../src/onnx/write.js';
import { temporaryFolder } from '../data/helpers.js';
import { buildModel, randomTensor } from '../support/build.js';
import { build, inferOpt, root } from './run-cli.js';

const folder = temporaryFolder();
const command = join(root, 'bin', 'infer-opt.js');
const model = join(root, 'fixtures', 'shapes-depthwise.onnx');
const data = join(root, 'fixtures', 'shapes-depthwise.yaml');

/**
 * Loaded before anything of ours: in the child of the command line, and there alone, something happens (HAPPENS) as
 * soon as native code is loaded or another process is started, or when a file is moved to its place (WHEN=rename).
 */
const preload = folder.write(
  'preload.cjs',
  `if (/supervised\\.js$/.test(process.argv[1] ?? '')) {
  const { HAPPENS, WHEN, STARTED } = process.env;
  const happen = () => {
    require('node:fs').writeFileSync(STARTED, String(process.pid));
    if (HAPPENS === 'blocks') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    else if (HAPPENS === 'abort') process.abort();
    else process.kill(process.pid, HAPPENS);
  };
  if (WHEN === 'rename') require('node:fs/promises').rename = happen;
  else process.dlopen = require('node:child_process').spawn = require('node:child_process').fork = happen;
}
`,
);
const started = join(folder.path, 'started');
const happening = (what: string, when = 'native') => ({
  NODE_OPTIONS: `--require ${preload}`,
  ...{ HAPPENS: what, WHEN: when, STARTED: started },
});

/** What is given to each command that calls native code; those that write do so as `out`. */
const wordsOf = (out: string): Readonly<Record<string, readonly string[]>> => ({
  inspect: [model, '--json'],
  fuse: [model, '-o', out],
  quantize: [model, '-o', out, '--data', data],
  compile: [model, '-o', out, '--target', 'onnxruntime'],
  prune: [model, '-o', out, '--scheme', 'magnitude', '--ratio', '0.5'],
  distill: [model, '-o', out, '--teacher', model, '--data', data, '--epochs', '1'],
  bench: [model, '--json', '--time', '300ms'],
  compare: [model, model, '--json'],
  plan: [model, '--rate', '300/s', '--slo', 'p99 <= 20ms', '--json'],
  package: [model, '-o', out, '--name', 'shapes'],
  optimize: [model, '-o', out, '--data', data, '--time', '3s', '--no-cache'],
  run: [folder.write('recipe.yaml', `model: ${model}\noutput: out\nsteps:\n  - fuse:\n`), '--no-cache'],
  init: [model, '-o', out],
  doctor: ['--json'],
});
const native = commands.filter((entry) => entry.native === true).map(({ name }) => name);

beforeAll(build, 180_000);

describe('which commands are watched over', () => {
  it('those that call native code, but not their help', () => {
    expect(native).toEqual(Object.keys(wordsOf('')).sort((a, b) => native.indexOf(a) - native.indexOf(b)));
    for (const name of native) {
      expect(needsSupervisor([name, model])).toBe(true);
      expect(needsSupervisor([name, '--help'])).toBe(false);
      expect(needsSupervisor(['help', name])).toBe(false);
    }
    for (const words of [[], ['--version'], ['report', 'x.json'], ['cache'], ['unknown', model]])
      expect(needsSupervisor(words)).toBe(false);
  });
});

describe.skipIf(process.platform === 'win32')('a command that ends in native code', () => {
  it.each(native)('%s: one line and a hint, status 2, and nothing is left', async (name) => {
    const place = join(folder.path, `crash-${name}`);
    mkdirSync(place);
    const words = [name, ...wordsOf(join(place, 'out.onnx'))[name]!, '--quiet'];
    const when = ['init', 'run'].includes(name) ? 'rename' : 'native';
    const { exitCode, stdout, stderr } = await inferOpt(words, { env: happening('SIGSEGV', when) });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    const [first = '', ...rest] = stderr.split('\n');
    expect(first).toMatch(/^error: infer-opt .* ended by a fault in native code \(SIGSEGV\)$/);
    expect(first).toContain(`infer-opt ${name} `);
    expect(rest).toEqual(['  hint: the model is malformed, or sets off a bug of onnxruntime']);
    expect(readdirSync(place)).toEqual([]);
    expect(readdirSync(folder.path).filter((file) => file.startsWith('.'))).toEqual([]);
    expectNoTemporaryFiles();
  });

  it.each([
    ['SIGKILL', 3, /^error: infer-opt fuse .* was killed \(SIGKILL\)\n {2}hint: .*memory/],
    ['abort', 2, /error: infer-opt fuse .* was aborted by native code \(SIGABRT\)\n {2}hint: .*heap/],
  ])('%s: status %d, and the old output stays alone', async (what, status, said) => {
    const place = join(folder.path, `old-${what}`);
    mkdirSync(place);
    writeFileSync(join(place, 'out.onnx'), 'old');
    const words = ['fuse', model, '-o', join(place, 'out.onnx'), '--quiet'];
    const { exitCode, stdout, stderr } = await inferOpt(words, { env: happening(what, 'rename') });
    expect({ exitCode, stdout }).toEqual({ exitCode: status, stdout: '' });
    expect(stderr).toMatch(said);
    expect(readdirSync(place)).toEqual(['out.onnx']);
    expect(readFileSync(join(place, 'out.onnx'), 'utf8')).toBe('old');
    expectNoTemporaryFiles();
  });

  it('in colour where colour is asked for', async () => {
    const env = { ...happening('SIGSEGV'), FORCE_COLOR: '1' };
    const { stderr } = await inferOpt(['inspect', model], { env });
    expect(stderr).toMatch(/^\u001B\[31merror:\u001B\[39m infer-opt inspect/);
  });

  // The runtime divides by the number of groups; elsewhere a division by zero is no fault.
  it.skipIf(process.arch !== 'x64')('a real one: a model that the runtime divides by zero for', async () => {
    const bad = buildModel(17, (graph) => {
      const weight = graph.constant('w', randomTensor([4, 3, 3, 3]));
      const x = graph.input('x', 'float32[1,4,8,8]');
      graph.output(graph.node('ConvTranspose', [x, weight], { group: 0 }), 'y', 'float32[1,3,10,10]');
    });
    const path = folder.write('group-0.onnx', encodeModel(bad));
    const out = join(folder.path, 'group-0-out.onnx');
    const { exitCode, stderr } = await inferOpt(['quantize', path, '-o', out]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /^error: infer-opt quantize .*group-0.onnx.* native code \(SIGFPE\)\n {2}hint: .*$/,
    );
    expect(existsSync(out)).toBe(false);
    expectNoTemporaryFiles();
  });

  it('says nothing where nothing happened, and hands on what the command ended with', async () => {
    const out = join(folder.path, 'fine.onnx');
    const fine = await inferOpt(['fuse', model, '-o', out, '--quiet', '--no-verify']);
    expect(fine).toMatchObject({ exitCode: 0, stderr: '' });
    const absent = await inferOpt(['fuse', 'absent.onnx', '-o', out]);
    expect(absent).toMatchObject({ exitCode: 2, stderr: expect.not.stringContaining('native') as string });
  });
});

/** `doctor` that waits for a program that does not answer, and the number of the process that waits. */
async function waitingDoctor(name: string, setting: { env?: Record<string, string>; detached?: boolean }) {
  const place = join(folder.path, name);
  mkdirSync(place);
  const told = join(place, 'parent');
  const script = `#!/bin/sh\necho $PPID > "${told}.new"\nmv "${told}.new" "${told}"\nexec sleep 20\n`;
  writeFileSync(join(place, 'nvidia-smi'), script, { mode: 0o755 });
  const PATH = [place, dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
  const { detached = false, env = {} } = setting;
  const running = execa(process.execPath, [command, 'doctor'], {
    ...{ reject: false, detached, env: { ...env, PATH } },
  });
  return { running, pid: Number(await contentOf(told)) };
}

describe.skipIf(process.platform === 'win32')('parent and child end together', () => {
  it('the child when its parent is killed', async () => {
    const { running, pid } = await waitingDoctor('killed', {});
    expect(isAlive(pid)).toBe(true);
    running.kill('SIGKILL');
    await running;
    await untilGone(pid);
  });

  it.each([
    ['to the parent alone', false],
    ['to the whole group, as a Ctrl-C', true],
  ])('one SIGINT %s counts once', async (name, group) => {
    // A second one would end it by force, which this tells of.
    const forced = join(folder.path, `forced-${String(group)}`);
    const watch = folder.write(
      `watch-${String(group)}.cjs`,
      `const { exit } = process;
       process.exit = (status) => { require('node:fs').writeFileSync(${JSON.stringify(forced)}, ''); exit(status); };`,
    );
    const env = { NODE_OPTIONS: `--require ${watch}` };
    const { running, pid } = await waitingDoctor(`interrupted-${name.slice(7, 10)}`, { env, detached: true });
    if (group) process.kill(-running.pid!, 'SIGINT');
    else running.kill('SIGINT');
    const { exitCode, stdout, stderr } = await running;
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 130, stdout: '', stderr: '' });
    expect(existsSync(forced)).toBe(false);
    expect(isAlive(pid)).toBe(false);
  });

  it('by force, at the second signal, where the child does not listen', async () => {
    const begun = join(folder.path, 'blocked');
    const running = execa(process.execPath, [command, 'inspect', model], {
      reject: false,
      env: { ...happening('blocks'), STARTED: begun },
    });
    const pid = Number(await contentOf(begun));
    running.kill('SIGTERM');
    running.kill('SIGINT');
    // Two signals at once may come in any order.
    const { exitCode, stderr } = await running;
    expect([130, 143]).toContain(exitCode);
    expect(stderr).toBe('');
    expect(isAlive(pid)).toBe(false);
  });
});

async function contentOf(path: string): Promise<string> {
  for (let tries = 0; tries < 400; tries++) {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    if (text !== '') return text;
    await wait(25);
  }
  throw new Error(`${path} did not appear`);
}

async function untilGone(pid: number): Promise<void> {
  for (let tries = 0; tries < 200 && isAlive(pid); tries++) await wait(25);
  expect(isAlive(pid)).toBe(false);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // One that has ended keeps its number until whoever inherited it asks, which may take seconds.
  const status = `/proc/${pid}/stat`;
  return !existsSync(status) || !/\) Z /.test(readFileSync(status, 'latin1'));
}

/** Of the child that told its number when something happened. */
function expectNoTemporaryFiles(): void {
  if (!existsSync(started)) return;
  const prefix = basename(temporaryPrefix(Number(readFileSync(started, 'utf8'))));
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith(prefix))).toEqual([]);
}
