import { execa } from 'execa';
import { access, chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, root } from './run-cli.js';

const command = join(root, 'bin', 'infer-opt.js');
let folder = '';

beforeAll(async () => {
  build();
  folder = await mkdtemp(join(tmpdir(), 'infer-opt-ending-'));
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(process.platform === 'win32')('the end of a process', () => {
  it.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s: exit status %d, soon, with nothing on stdout', async (signal, status) => {
    // A program that does not answer keeps doctor waiting: it tells that it has started by a file.
    const started = join(folder, `started-${signal}`);
    const slow = join(folder, 'nvidia-smi');
    await writeFile(slow, `#!/bin/sh\ntouch "${started}"\nexec sleep 8\n`);
    await chmod(slow, 0o755);
    const path = [folder, dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
    const running = execa(process.execPath, [command, 'doctor'], { reject: false, env: { PATH: path } });
    await waitFor(started);
    const signalled = performance.now();
    running.kill(signal);
    const { exitCode, stdout, stderr } = await running;
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: status, stdout: '', stderr: '' });
    expect(performance.now() - signalled).toBeLessThan(6000);
  });

  it('says nothing when the reader of stdout goes away, and keeps its exit status', async () => {
    const script = '( "$NODE" "$COMMAND" doctor --json; echo "status $?" >&2 ) | true';
    const { stderr } = await execa('sh', ['-c', script], {
      env: { NODE: process.execPath, COMMAND: command },
    });
    expect(stderr).toBe('status 0');
  });
});

async function waitFor(path: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return;
    await wait(50);
  }
  throw new Error(`${path} did not appear`);
}
