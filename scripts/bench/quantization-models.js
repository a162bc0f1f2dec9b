/**
 * What `infer-opt quantize` makes of real models beyond those that are compared with a peer: every model with labels by
 * `--mode auto`, a detector on pictures, recurrent models on seeded inputs, and one that carries its state from step to
 * step.
 *
 *   npm run bench:quantization-models -- [--only NAME,NAME] [--json FILE] [--keep FOLDER] [--time 10s]
 *
 * Models and data come from ../shared/real; without it there is nothing to measure. Exit status 1 when a requirement is
 * not met. A speed-up counts as met while its 95% interval reaches 1.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt } from '../setup.js';
import { root } from './quantization-cases.js';
import { inferOpt } from './run-tool.js';
import { carryState } from './state-over-steps.js';
import { number, table, withInterval } from './table.js';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    json: { type: 'string' },
    keep: { type: 'string' },
    time: { type: 'string', default: '10s' },
  },
});
ensureBuilt({ acceptErrors: true });
const real = path.join(root, '../shared/real');
const folder = options.keep ?? mkdtempSync(path.join(tmpdir(), 'infer-opt-models-'));
mkdirSync(folder, { recursive: true });

/** How many steps a state is carried through. */
const steps = 50;

/**
 * @typedef {object} Case
 * @property {string} name  of the model's file
 * @property {string} mode
 * @property {string | undefined} [data]
 * @property {readonly string[]} [words]  more words for the bench
 * @property {boolean} [mayKeepFloat]
 * @property {{ speedup?: number, agreement?: number, cosine?: number, size?: number, drop?: number }} limits
 */

/** @type {readonly Case[]} */
const cases = [
  ...labelled(),
  {
    name: 'magika',
    mode: 'static',
    data: path.join(real, 'datasets/magika.yaml'),
    words: ['--split', 'calibrate=0,evaluate=76'],
    limits: { agreement: 0.98 },
  },
  { name: 'ultraface-rfb-320', mode: 'static', data: faces(), limits: { speedup: 1, cosine: 0.995 } },
  ...['dtln-2-lstm', 'bidi-lstm', 'gtcrn-gru'].map((name) => ({
    name,
    mode: 'dynamic',
    limits: { speedup: 1, cosine: 0.99, size: 1 / 2.5 },
  })),
];

const rows = [];
const results = [];
const missed = [];
const chosen = options.only?.split(',');
for (const one of cases) {
  if (chosen !== undefined && !chosen.includes(one.name)) continue;
  const result = measure(one);
  results.push(result);
  rows.push(row(result));
  for (const text of judge(one, result)) missed.push(`${one.name} (${one.mode}): ${text}`);
}
process.stdout.write(
  `${table(['', 'mode', 'speed-up [95%]', 'size', 'top-1 drop [95%]', 'agreement', 'cosine', 'SQNR'], rows)}\n`,
);
if (chosen === undefined || chosen.includes('silero-vad')) {
  const carried = await state();
  results.push(carried);
  process.stdout.write(`\nsilero-vad, ${steps} steps with its state: ${JSON.stringify(carried)}\n`);
  if (!(carried.state_cosine >= 0.99)) missed.push(`silero-vad: state ${carried.state_cosine}`);
}
process.stdout.write(
  missed.length === 0 ? '\nverdict: all met\n' : `\nNOT MET ${missed.join('\nNOT MET ')}\n`,
);
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(results, null, 1));
if (options.keep === undefined) rmSync(folder, { recursive: true, force: true });
process.exitCode = missed.length === 0 ? 0 : 1;

/** Every model with a dataset file, as a user gives it to the command. @returns {Case[]} */
function labelled() {
  const datasets = path.join(real, 'datasets');
  if (!existsSync(datasets)) return [];
  return readdirSync(datasets)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => ({
      name: path.basename(file, '.yaml'),
      mode: 'auto',
      data: path.join(datasets, file),
      mayKeepFloat: true,
      limits: { speedup: 1 },
    }));
}

/** A dataset file for the pictures of faces. */
function faces() {
  const file = path.join(folder, 'faces.yaml');
  writeFileSync(
    file,
    JSON.stringify({
      source: path.join(real, 'data/faces'),
      inputs: {
        input: {
          resize: [240, 320],
          color: 'rgb',
          layout: 'nchw',
          type: 'float32',
          scale: 1,
          mean: [127, 127, 127],
          std: [128, 128, 128],
        },
      },
      split: { calibrate: 10, evaluate: 14, seed: 1 },
    }),
  );
  return file;
}

/** @param {Case} one */
function measure({ name, mode, data, words = [] }) {
  process.stderr.write(`${name}: --mode ${mode}\n`);
  const model = path.join(real, 'models', `${name}.onnx`);
  const artifact = path.join(folder, `${name}.${mode}.onnx`);
  const given = data === undefined ? [] : ['--data', data];
  const quantized = inferOpt(['quantize', model, '-o', artifact, '--mode', mode, ...given]);
  const bench = inferOpt(['bench', model, artifact, ...given, ...words, '--time', options.time]);
  return { name, quantized, artifact: bench.artifacts[1] };
}

/** @param {any} result */
function row({ name, quantized, artifact }) {
  const { versus_baseline: versus, outputs } = artifact;
  return [
    name,
    quantized.mode,
    withInterval(versus.speedup, 2, 'x'),
    number(versus.size_ratio, 3, 'x'),
    withInterval(versus.drop?.top1, 4),
    number(outputs?.agreement, 4),
    number(outputs?.cosine, 5),
    number(outputs?.sqnr_db, 1, ' dB'),
  ];
}

/** @param {Case} one @param {any} result @returns {string[]} what is not met */
function judge({ limits, mayKeepFloat }, { quantized, artifact }) {
  const { versus_baseline: versus, outputs } = artifact;
  const kept = mayKeepFloat === true && quantized.kept_float;
  const reached = versus.speedup.ci95?.[1] ?? versus.speedup.value;
  return [
    [limits.speedup !== undefined && !kept && reached < limits.speedup, `speed-up ${reached}`],
    [
      limits.agreement !== undefined && outputs.agreement < limits.agreement,
      `agreement ${outputs.agreement}`,
    ],
    [limits.cosine !== undefined && outputs.cosine < limits.cosine, `cosine ${outputs.cosine}`],
    [limits.size !== undefined && versus.size_ratio > limits.size, `size ${versus.size_ratio}`],
  ].flatMap(([wrong, text]) => (wrong ? [String(text)] : []));
}

async function state() {
  process.stderr.write('silero-vad: --mode dynamic\n');
  const model = path.join(real, 'models/silero-vad.onnx');
  const artifact = path.join(folder, 'silero-vad.dynamic.onnx');
  const data = path.join(folder, 'silero.jsonl');
  return carryState({ model, artifact, data, steps });
}
