// `npm run test:fuzz [-- reader|job|command] [--cases N] [--from N] [--seed N] [--jobs N] [--keep DIR]`: makes wrong
// models of right ones and looks at what becomes of them. Case N of a seed is always the same, so a run is resumed
// with --from, and one case is repeated with --from N --cases 1. Ends with 1 where something was found.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommands } from './fuzz/commands.js';
import { ensureInstalled, root } from './setup.js';
import { unpack } from './suites/models.js';

ensureInstalled();
const { runCases } = await import('./fuzz/run.js');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cases: { type: 'string' },
    from: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    keep: { type: 'string', default: join(root, '.cache', 'fuzz') },
  },
});
/** The rest would only scroll these away; every file is kept. */
const mostShown = 40;
const usual = { reader: 1_000_000, job: 20_000, command: 2_000 };
const modes = positionals.length === 0 ? Object.keys(usual) : positionals;
const scratch = mkdtempSync(join(tmpdir(), 'infer-opt-fuzz-suites-'));
let found = 0;
try {
  const folders = seedFolders();
  for (const mode of modes) {
    const from = Number(values.from);
    const count = Number(values.cases ?? usual[mode]);
    const settings = {
      ...{ mode, seed: Number(values.seed), from, to: from + count, folders, jobs: Number(values.jobs) },
      keep: values.keep,
      onProgress: (done) => {
        if (done % Math.ceil(count / 20) === 0) process.stderr.write(`${mode} ${from + done}\n`);
      },
    };
    const start = performance.now();
    const result = await (mode === 'command' ? runCommands(settings) : runCases(settings));
    found += result.problems.length;
    const counts = Object.entries(result.counts).map(([name, number]) => `${number} ${name}`);
    console.log(
      `${mode}: ${count} cases from ${from} of seed ${values.seed} in ${((performance.now() - start) / 1000).toFixed(0)} s: ` +
        `${counts.join(', ')}; slowest ${(result.slowest / 1000).toFixed(1)} s, most memory ${result.peak.toFixed(0)} MB`,
    );
    for (const { kind, index, what, detail } of result.problems.slice(0, mostShown))
      console.log(`  ${kind} ${index} (${what}): ${String(detail).split('\n').slice(0, 4).join(' | ')}`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exitCode = found === 0 ? 0 : 1;

/** The suites of others where they are there; the fixtures alone elsewhere. */
function seedFolders() {
  const real = join(root, '..', 'shared', 'real');
  if (!existsSync(real)) return [];
  return [
    join(real, 'models'),
    ...unpack(join(real, 'suites'), scratch, undefined).map(({ folder }) => folder),
  ];
}
