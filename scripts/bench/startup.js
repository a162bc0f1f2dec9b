/**
 * How long `infer-opt --help` takes against `node -e 0`, in turns; the median of the ratios of pairs is judged.
 *
 *   npm run bench:startup -- [--pairs N]
 *
 * Exit status 1 when the limit is exceeded.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled, root } from '../setup.js';
import { median } from './table.js';

const limit = 2;

const { values: options } = parseArgs({ options: { pairs: { type: 'string', default: '30' } } });
ensureInstalled();
const help = [path.join(root, 'bin/infer-opt.js'), '--help'];
const bare = ['-e', '0'];
// Files get into the system's cache.
for (let run = 0; run < 3; run++) [help, bare].forEach(time);
const pairs = Array.from({ length: Number(options.pairs) }, (_, index) => {
  // Whoever comes second finds the processor awake.
  if (index % 2 === 0) return { helpMs: time(help), bareMs: time(bare) };
  const bareMs = time(bare);
  return { helpMs: time(help), bareMs };
});
const ratio = median(pairs.map(({ helpMs, bareMs }) => helpMs / bareMs));
const helpMs = median(pairs.map((pair) => pair.helpMs));
const bareMs = median(pairs.map((pair) => pair.bareMs));
process.stdout.write(
  `infer-opt --help: ${helpMs.toFixed(1)} ms, node -e 0: ${bareMs.toFixed(1)} ms; median ratio ${ratio.toFixed(2)}x of ` +
    `${pairs.length} pairs (at most ${limit}x): ${ratio <= limit ? 'met' : 'NOT MET'}\n`,
);
process.exitCode = ratio <= limit ? 0 : 1;

/** @param {readonly string[]} words @returns {number} milliseconds */
function time(words) {
  const started = performance.now();
  const { status, error } = spawnSync(process.execPath, words, { stdio: 'ignore' });
  if (error || status !== 0) throw error ?? new Error(`node ${words.join(' ')} ended with status ${status}`);
  return performance.now() - started;
}
