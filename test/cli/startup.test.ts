import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { build, root } from './run-cli.js';

beforeAll(build, 180_000);

/** The time of a process, in milliseconds. */
function timeOf(words: readonly string[]): number {
  const started = performance.now();
  expect(spawnSync(process.execPath, words, { stdio: 'ignore' }).status).toBe(0);
  return performance.now() - started;
}

/** What a start may take in any case, in milliseconds. */
const little = 40;

describe('infer-opt --help', () => {
  it('takes less than twice as long as node itself, or little more', () => {
    // The two take turns, and the fastest of each counts: other processes only ever add time.
    const bare: number[] = [];
    const help: number[] = [];
    for (let round = 0; round < 40; round++) {
      bare.push(timeOf(['-e', '0']));
      help.push(timeOf([join(root, 'bin', 'infer-opt.js'), '--help']));
      if (round >= 5 && Math.min(...help) < 1.8 * Math.min(...bare)) break;
    }
    const [own, node] = [Math.min(...help), Math.min(...bare)];
    // From version 22 on a bare node takes a third of the time: its start lies ready as a snapshot, ours cannot.
    expect(own, `${(own / node).toFixed(2)} times a bare node`).toBeLessThan(node + Math.max(node, little));
  });
});
