/**
 * Every real model pruned by 0.3 with each scheme: a smaller model that runs and keeps its outputs' shapes, or a reason.
 * And pruned by 0: the same outputs to the last bit. And how long grouping and cutting take for a model of real size.
 *
 *   npm run build && node scripts/bench/prune-real-models.js [--only NAME,NAME] [--scheme NAME,NAME] [--samples N]
 *
 * Models come from ../shared/real, that of real size from .cache/scale-models (scripts/make-scale-models.js); what is
 * absent is left out. Exit status 1 for a crash, an invalid file, or a cut that takes longer than 5 s.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './quantization-cases.js';
import { number, table } from './table.js';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    scheme: { type: 'string', default: 'channel,magnitude,2:4' },
    samples: { type: 'string', default: '16' },
  },
});
const ratio = '0.3';
const longestCutSeconds = 5;
const real = path.join(root, '../shared/real');
const temporary = mkdtempSync(path.join(tmpdir(), 'infer-opt-prune-'));
const rows = [];
let bad = 0;
try {
  const folder = path.join(real, 'models');
  const files = existsSync(folder) ? readdirSync(folder) : [];
  for (const file of files.filter((name) => name.endsWith('.onnx') && !name.startsWith('reject-'))) {
    const name = file.slice(0, -'.onnx'.length);
    if (options.only !== undefined && !options.only.split(',').includes(name)) continue;
    for (const scheme of options.scheme.split(','))
      rows.push(pruneOne(name, path.join(folder, file), scheme));
    process.stderr.write(`${name}\n`);
  }
  const heads = [
    '',
    'scheme',
    'asked',
    'reached',
    'MACs',
    'parameters',
    'gzip',
    'SQNR',
    'seconds',
    'what came of it',
  ];
  if (rows.length > 0) process.stdout.write(`${table(heads, rows)}\n`);
  else process.stdout.write(`nothing was pruned: ${path.relative(root, folder)} is absent\n`);
  process.stdout.write(`${rows.length} runs, ${bad} crashes or invalid files\n`);
  await timeCut();
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
process.exitCode = bad === 0 ? 0 : 1;

/** @param {string} name @param {string} model @param {string} scheme */
function pruneOne(name, model, scheme) {
  const dataset = path.join(real, 'datasets', `${name}.yaml`);
  const data = existsSync(dataset) ? ['--data', dataset] : [];
  const size = /^\d+:\d+$/.test(scheme) ? [] : ['--ratio', ratio];
  const common = ['--samples', options.samples, '--no-measure', ...data];
  const found = run([
    'prune',
    model,
    '-o',
    path.join(temporary, 'pruned.onnx'),
    '--scheme',
    scheme,
    ...size,
    ...common,
  ]);
  const empty = [name, scheme, size[1] ?? '', '', '', '', '', ''];
  if (found.result === undefined) {
    const isReason = found.status === 2 || found.status === 3;
    if (!isReason) bad += 1;
    return [
      ...empty,
      number(found.seconds, 0),
      `${isReason ? 'refused' : 'FAILED'}: ${found.message.replace(model, name).slice(0, 110)}`,
    ];
  }
  const { ratio: reached, macs, parameters, input, output, outputs, pattern } = found.result;
  const isSmaller =
    (macs !== null && macs.after < macs.before) ||
    parameters.after < parameters.before ||
    output.gzip_bytes < input.gzip_bytes;
  const same = scheme === options.scheme.split(',')[0] ? sameAtZero(name, model, common) : '';
  if (!isSmaller || same === 'DIFFERS') bad += 1;
  return [
    name,
    scheme,
    size[1] ?? '',
    reached === null ? `${pattern.holding} of ${pattern.eligible}` : number(reached.reached, 3),
    macs === null ? '-' : number(macs.after / macs.before, 3, 'x'),
    number(parameters.after / parameters.before, 3, 'x'),
    number(output.gzip_bytes / input.gzip_bytes, 2, 'x'),
    number(outputs.sqnr_db, 1, ' dB'),
    number(found.seconds, 0),
    `${isSmaller ? 'runs' : 'NOT SMALLER'}${same === '' ? '' : `; at 0 ${same}`}`,
  ];
}

/** @param {string} name @param {string} model @param {readonly string[]} common */
function sameAtZero(name, model, common) {
  const words = [
    'prune',
    model,
    '-o',
    path.join(temporary, 'same.onnx'),
    '--scheme',
    'channel',
    '--ratio',
    '0',
    ...common,
  ];
  const { result } = run(words);
  return result?.outputs.max_abs === 0 ? 'the same bits' : 'DIFFERS';
}

/** @param {readonly string[]} words */
function run(words) {
  const start = performance.now();
  const command = path.join(root, 'bin/infer-opt.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...words, '--json', '--quiet'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const seconds = (performance.now() - start) / 1000;
  const lines = stderr.split('\n').filter((line) => /^(error|\s*hint)/.test(line));
  const message = lines.map((line) => line.replace(/^\s*(error|hint):\s*/, '')).join('; ');
  return { status, seconds, message, result: status === 0 ? JSON.parse(stdout) : undefined };
}

/** Grouping, allocating and cutting alone, without reading and writing, on the ResNet-50 shape. */
async function timeCut() {
  const file = path.join(root, '.cache/scale-models/resnet50-shape.onnx');
  if (!existsSync(file)) {
    process.stdout.write('the cut was not timed: node scripts/make-scale-models.js makes the model\n');
    return;
  }
  const { timeChannelCut } = await import('./prune-cut-time.js');
  const { seconds, macs } = await timeChannelCut(file, 0.5);
  const isFast = seconds <= longestCutSeconds;
  if (!isFast) bad += 1;
  process.stdout.write(
    `ResNet-50 shape: grouping and cutting to ${number(macs, 3, 'x')} MACs took ${number(seconds, 2, ' s')} (limit ${longestCutSeconds} s)\n`,
  );
}
