/**
 * Runs the reader, the writer and the opset upgrade over suites of ONNX models (the standard's own backend tests, the runtime's and
 * Polygraphy's test models), each model in a child process that may die of it.
 *
 *   npm run build && node scripts/check-suites.js [FOLDER]      (../shared/real/suites when no folder is given)
 *
 *   FOLDER             holds the suites as .tar.gz files
 *   --json FILE        writes what was found out about every model
 *   --docs FILE        writes the counted summary as Markdown (docs/suites.md in this repository)
 *   --suite NAME       only this suite
 *   --filter TEXT      only models whose path contains TEXT
 *   --to 17,26         operator sets to upgrade to; a model at one already, or above, is carried to the next
 *   --jobs N           child processes (2)
 *   --dist FOLDER      the built library (dist)
 *
 * Every file is read and written twice; Python's `onnx`, installed from PyPI into .cache/suites, says whether the rewritten file is the
 * original. Every model that the runtime opens is upgraded and has to give the same outputs. Exit status 1 when one does not.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { findModels, unpack } from './suites/models.js';
import { runPool } from './suites/pool.js';
import { compareFiles, operatorHistory, prepareOnnx } from './suites/python.js';
import { toMarkdown, toText } from './suites/render.js';
import { problems, summarize } from './suites/summary.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    docs: { type: 'string' },
    suite: { type: 'string' },
    filter: { type: 'string', default: '' },
    to: { type: 'string', default: '17,26' },
    jobs: { type: 'string', default: '2' },
    dist: { type: 'string', default: path.join(root, 'dist') },
  },
});
const started = performance.now();
const targets = options.to.split(',').map(Number);
const source = path.resolve(positionals[0] ?? path.join(root, '../shared/real/suites'));
const dist = path.resolve(options.dist);
const work = mkdtempSync(path.join(tmpdir(), 'infer-opt-suites-'));
process.on('exit', () => {
  rmSync(work, { recursive: true, force: true });
});

const suites = unpack(source, work, options.suite);
const models = findModels(suites).filter((model) => model.name.includes(options.filter));
note(`${models.length} models in ${suites.length} suites`);
const python = prepareOnnx(path.join(root, '.cache/suites'));
checkHistory(await import(pathToFileURL(path.join(dist, 'onnx/signatures/operator-versions.js')).href));

const rewritten = path.join(work, 'rewritten');
mkdirSync(rewritten);
const tasks = models.map((model, id) => ({
  id,
  file: model.file,
  rewritten: path.join(rewritten, `${id}.onnx`),
  targets,
}));
const results = await runPool(fileURLToPath(new URL('./suites/worker.js', import.meta.url)), tasks, {
  jobs: Number(options.jobs),
  arguments: [dist],
  onProgress: (done) => {
    if (done % 250 === 0) note(`${done} models done, ${elapsed()} s`);
  },
});
const compared = compareFiles(
  python,
  tasks.map(({ file, rewritten: written }) => [file, written]),
);
const records = models.map((model, index) => ({
  suite: model.suite,
  name: model.name,
  ...results[index],
  onnx: compared[index],
}));

const summary = summarize(records, targets);
const facts = { seconds: elapsed(), onnx: python.version, targets };
process.stdout.write(toText(summary, facts));
if (options.json) writeFileSync(options.json, JSON.stringify({ facts, summary, models: records }, null, 1));
if (options.docs) writeFileSync(options.docs, toMarkdown(summary, facts));
const wrong = problems(records);
for (const line of wrong) process.stderr.write(`${line}\n`);
process.exitCode = wrong.length > 0 ? 1 : 0;

/** The table of operator versions in the library is the standard's own. */
function checkHistory(
  /** @type {{ operatorVersions: Record<string, readonly number[]> }} */ { operatorVersions },
) {
  const known = JSON.stringify(operatorVersions);
  const standard = JSON.stringify(operatorHistory(python));
  if (known !== standard)
    note(`the operator table differs from that of onnx ${python.version}: is the package newer?`);
}

function note(/** @type {string} */ text) {
  process.stderr.write(`${text}\n`);
}

function elapsed() {
  return Math.round((performance.now() - started) / 1000);
}
