import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { leftoversOf, removeLeftoversOf, temporaryPrefix, unfinishedName } from '../src/leftovers.js';

const folder = mkdtempSync(temporaryPrefix());
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A number that no process has any more. */
const gone = spawnSync(process.execPath, ['-e', '0']).pid;
const ofGone = (name: string): string => name.replace(`-${process.pid}-`, `-${gone}-`);

it('what one process left is removed, and nothing else', () => {
  const file = ofGone(unfinishedName('out.onnx', 'tmp'));
  const tree = ofGone(unfinishedName('repository', 'partial'));
  // An old output that was moved away: the next run brings it back.
  const old = `${ofGone(unfinishedName('optimized', 'partial'))}.old`;
  const ours = unfinishedName('out.onnx', 'tmp');
  writeFileSync(join(folder, file), '');
  mkdirSync(join(folder, tree, 'new'), { recursive: true });
  for (const name of [old, ours, 'out.onnx']) writeFileSync(join(folder, name), '');
  const temporary = mkdtempSync(temporaryPrefix(gone));
  writeFileSync(join(temporary, 'x'), '');

  removeLeftoversOf(gone, [folder, join(folder, 'absent'), join(folder, 'out.onnx')]);
  expect(readdirSync(folder).sort()).toEqual([old, ours, 'out.onnx'].sort());
  expect(readdirSync(join(temporary, '..'))).not.toContain(basename(temporary));
});

it.skipIf(process.platform !== 'linux')(
  'a process that has ended but was not asked for is gone',
  async () => {
    // The shell that would ask for it becomes a program that does not.
    const shell = spawn('sh', ['-c', 'sh -c "sleep 0.3" & echo $!; exec sleep 20']);
    try {
      const [told] = (await once(shell.stdout, 'data')) as [Buffer];
      const zombie = Number(told.toString());
      const name = unfinishedName('z.onnx', 'tmp').replace(`-${process.pid}-`, `-${zombie}-`);
      writeFileSync(join(folder, name), '');
      await vi.waitFor(async () => {
        expect(await leftoversOf(folder, 'z.onnx')).toEqual([join(folder, name)]);
      });
      expect(process.kill(zombie, 0)).toBe(true);
    } finally {
      shell.kill('SIGKILL');
    }
  },
);
