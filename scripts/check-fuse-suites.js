/**
 * Runs the passes of `infer-opt fuse` over suites of ONNX models (the standard's own backend tests, the runtime's and Polygraphy's test
 * models) and compares outputs before and after, each model in a child process that may die of it.
 *
 *   npm run build && node scripts/check-fuse-suites.js [FOLDER]      (../shared/real/suites when no folder is given)
 *
 *   FOLDER             holds the suites as .tar.gz files
 *   --json FILE        writes what was found out about every model
 *   --suite NAME       only this suite
 *   --filter TEXT      only models whose path contains TEXT
 *   --level a,b        levels to run (safe,basic,full)
 *   --jobs N           child processes (2)
 *   --dist FOLDER      the built library (dist)
 *
 * Exact passes must leave every bit as it was. Where a model has expected outputs that the original meets, the result must meet them. A
 * second run must change nothing. Exit status 1 when one of these fails.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findModels, unpack } from './suites/models.js';
import { runPool } from './suites/pool.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    suite: { type: 'string' },
    filter: { type: 'string', default: '' },
    level: { type: 'string', default: 'safe,basic,full' },
    jobs: { type: 'string', default: '2' },
    dist: { type: 'string', default: path.join(root, 'dist') },
  },
});
const started = performance.now();
const levels = options.level.split(',');
const work = mkdtempSync(path.join(tmpdir(), 'infer-opt-fuse-suites-'));
process.on('exit', () => {
  rmSync(work, { recursive: true, force: true });
});
const source = path.resolve(positionals[0] ?? path.join(root, '../shared/real/suites'));
const models = findModels(unpack(source, work, options.suite)).filter((model) =>
  model.name.includes(options.filter),
);
const tasks = models.map(({ file }, id) => ({ id, file, levels }));
const results = await runPool(fileURLToPath(new URL('./suites/fuse-worker.js', import.meta.url)), tasks, {
  jobs: Number(options.jobs),
  arguments: [path.resolve(options.dist)],
  onProgress: (done) => {
    if (done % 250 === 0) process.stderr.write(`${done} models done, ${elapsed()} s\n`);
  },
});
const records = models.map(({ suite, name }, index) => ({ suite, name, ...results[index] }));

print(
  'models',
  countBy(records, (record) => record.suite),
);
const died = records.filter((record) => record.died);
const ran = records.filter((record) => record.run === 'ok');
print(
  'not compared',
  countBy(
    records.filter((record) => record.run !== 'ok'),
    (record) => reasonOf(record),
  ),
);
let wrong = 0;
for (const level of levels) {
  print(
    level,
    countBy(ran, (record) => stateOf(record, level)),
  );
  const after = ran.reduce((sum, record) => sum + (record.levels?.[level]?.nodes ?? record.nodes), 0);
  process.stdout.write(`  nodes ${ran.reduce((sum, record) => sum + record.nodes, 0)} to ${after}\n`);
  for (const record of ran) {
    const outcome = record.levels?.[level];
    if (outcome === undefined || outcome.state === 'equal') continue;
    wrong += 1;
    process.stderr.write(
      `${level}: ${record.suite}/${record.name}: ${outcome.state}: ${outcome.reason} (${outcome.passes?.join(' ') ?? ''})\n`,
    );
  }
}
for (const record of died)
  process.stderr.write(
    `${record.suite}/${record.name}: died during ${record.died.during} (${record.died.how})\n`,
  );
wrong += died.filter((record) => levels.includes(record.died.during)).length;
process.stdout.write(`${wrong} wrong, ${elapsed()} s\n`);
if (options.json) writeFileSync(options.json, JSON.stringify(records, null, 1));
process.exitCode = wrong > 0 ? 1 : 0;

function stateOf(/** @type {any} */ record, /** @type {string} */ level) {
  const outcome = record.levels?.[level];
  if (outcome === undefined) return 'died';
  return outcome.state === 'equal' && outcome.exact ? 'equal bit by bit' : outcome.state;
}

/** The first words of why a model could not be compared. */
function reasonOf(/** @type {any} */ record) {
  if (record.died) return `the process died during ${record.died.during}`;
  if (record.failure) return record.failure;
  if (record.read) return 'cannot be read';
  if (record.open !== 'ok') return 'the runtime does not open it';
  return String(record.run).split(':')[0];
}

/** @param {any[]} list @param {(record: any) => string} key */
function countBy(list, key) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const one of list) counts.set(key(one), (counts.get(key(one)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

function print(/** @type {string} */ title, /** @type {[string, number][]} */ counts) {
  process.stdout.write(
    `${title}\n${counts.map(([name, count]) => `  ${String(count).padStart(5)}  ${name}`).join('\n')}\n`,
  );
}

function elapsed() {
  return Math.round((performance.now() - started) / 1000);
}
