/**
 * What each command itself costs on a small model: time as a multiple of `node -e 0`, measured in turns with it, and the
 * most memory of the process and its children. Compared with the last entry of the history that this kind of machine and
 * this release line of Node wrote; a change of more than a tenth is marked.
 *
 *   npm run bench:commands -- [OPTIONS]
 *
 *   --runs N          runs of each command (7); the fastest counts, since what disturbs only ever adds
 *   --only TEXT,TEXT  only commands whose name holds one of these words
 *   --store           adds the result to the history, docs/command-cost.jsonl, for review with the change that made it
 *
 * Exit status 1 where something costs more than a tenth more than before.
 */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled, root } from '../setup.js';
import { watchedRun } from '../watched-run.js';
import { table } from './table.js';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '7' },
    only: { type: 'string' },
    store: { type: 'boolean', default: false },
  },
});
ensureInstalled();
const history = path.join(root, 'docs', 'command-cost.jsonl');
const allowed = 1.1;
const model = path.join(root, 'fixtures', 'glyphs-resnet.onnx');
const data = ['--data', path.join(root, 'fixtures', 'glyphs-resnet.yaml'), '--samples', '16'];
const folder = mkdtempSync(path.join(tmpdir(), 'infer-opt-cost-'));
const out = ['-o', path.join(folder, 'out.onnx')];
const commands = {
  help: ['--help'],
  doctor: ['doctor'],
  inspect: ['inspect', model],
  'fuse, not compared': ['fuse', model, ...out, '--no-verify'],
  fuse: ['fuse', model, ...out],
  'quantize static': ['quantize', model, ...out, ...data, '--mode', 'static', '--no-measure'],
  'quantize dynamic': ['quantize', model, ...out, '--mode', 'dynamic', '--no-measure'],
  'quantize fp16': ['quantize', model, ...out, '--mode', 'fp16', '--no-measure'],
  prune: ['prune', model, ...out, '--scheme', 'magnitude', '--ratio', '0.5', '--no-repair', '--no-measure'],
  compare: ['compare', model, model, ...data],
  compile: ['compile', model, ...out, '--target', 'onnxruntime'],
  package: ['package', model, '-o', path.join(folder, 'repository'), '--name', 'model', '--force'],
  init: ['init', model, '-o', path.join(folder, 'recipe.yaml'), '--force'],
};

try {
  const words = options.only?.split(',');
  const chosen = Object.entries(commands).filter(
    ([name]) => words?.some((word) => name.includes(word)) ?? true,
  );
  const entry = {
    date: new Date().toISOString().slice(0, 10),
    ...machine(),
    commands: await measure(chosen),
  };
  const before = lastLike(entry);
  const rows = Object.entries(entry.commands).map(([name, cost]) => row(name, cost, before?.commands[name]));
  const heads = ['command', 'ms', 'x node -e 0', 'MB', before ? `against ${before.date}` : 'no entry before'];
  process.stdout.write(`${table(heads, rows)}\n`);
  if (options.store) appendFileSync(history, `${JSON.stringify(entry)}\n`);
  if (rows.some((cells) => cells.at(-1)?.includes('MORE'))) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @param {readonly (readonly [string, readonly string[]])[]} chosen */
async function measure(chosen) {
  const best = new Map(chosen.map(([name]) => [name, { milliseconds: Infinity, megabytes: Infinity }]));
  let bare = Infinity;
  // The first round brings files into the system's cache.
  for (let round = 0; round <= Number(options.runs); round++) {
    for (const [name, given] of chosen) {
      const base = await watchedRun(process.execPath, ['-e', '0']);
      const own = await watchedRun(process.execPath, [path.join(root, 'bin/infer-opt.js'), ...given]);
      if (own.code !== 0) throw new Error(`${name} ended with ${own.code}: ${own.stderr}`);
      const cost = best.get(name);
      if (round === 0 || cost === undefined) continue;
      bare = Math.min(bare, 1000 * base.seconds);
      cost.milliseconds = Math.min(cost.milliseconds, 1000 * own.seconds);
      cost.megabytes = Math.min(cost.megabytes, own.megabytes);
    }
  }
  return Object.fromEntries(
    [...best].map(([name, { milliseconds, megabytes }]) => [
      name,
      {
        ms: Math.round(milliseconds),
        ratio: Number((milliseconds / bare).toFixed(2)),
        mb: Math.round(megabytes),
      },
    ]),
  );
}

function machine() {
  return { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.versions.node };
}

/** @param {{ cpu: string, node: string }} entry */
function lastLike({ cpu, node }) {
  if (!existsSync(history)) return undefined;
  const major = (/** @type {string} */ version) => version.split('.')[0];
  return readFileSync(history, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .findLast((one) => one.cpu === cpu && major(one.node) === major(node));
}

/** @param {string} name @param {{ ms: number, ratio: number, mb: number }} cost @param {{ ratio: number, mb: number } | undefined} before */
function row(name, cost, before) {
  const cells = [name, String(cost.ms), cost.ratio.toFixed(2), String(cost.mb)];
  if (before === undefined) return [...cells, ''];
  const [time, memory] = [cost.ratio / before.ratio, cost.mb / before.mb];
  const mark = (/** @type {number} */ change, /** @type {string} */ of) =>
    change > allowed ? ` MORE ${of}` : change < 1 / allowed ? ` less ${of}` : '';
  return [
    ...cells,
    `time ${time.toFixed(2)}x, memory ${memory.toFixed(2)}x${mark(time, 'time')}${mark(memory, 'memory')}`,
  ];
}
