/**
 * What each method of accuracy brings: models at 8 bits and at 4-bit weights, from plain rounding up one method at a
 * time, and from all of them down, one left out at a time.
 *
 *   npm run bench:quantization-ladder -- [--only NAME,NAME] [--bits 8,4] [--json FILE]
 *
 * Models and data come from ../shared/real. Drops are over the evaluation part, with 95% intervals of paired answers.
 * Exit status 1 where rounding by outputs does not at least halve the drop of plain rounding at 4 bits.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt } from '../setup.js';
import { root } from './quantization-cases.js';
import { inferOpt } from './run-tool.js';
import { number, table, withInterval } from './table.js';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'mobilenetv2,resnet20-cifar10' },
    bits: { type: 'string', default: '8,4' },
    json: { type: 'string' },
  },
});
ensureBuilt({ acceptErrors: true });
const real = path.join(root, '../shared/real');

/** Each method with the words that turn it on and off. */
const methods = [
  { name: 'ranges by error', on: ['--calibration', 'auto'], off: ['--calibration', 'minmax'] },
  { name: 'least-error scales', on: ['--weight-scales', 'mse'], off: ['--weight-scales', 'max'] },
  { name: 'equalized channels', on: [], off: ['--no-equalize'] },
  { name: 'corrected biases', on: [], off: ['--no-bias-correction'] },
  { name: 'rounding by outputs', on: ['--rounding', 'output'], off: ['--rounding', 'nearest'] },
];

/** @type {any[]} */
const results = [];
const missed = [];
for (const name of options.only.split(',')) {
  if (!existsSync(path.join(real, 'models', `${name}.onnx`))) continue;
  for (const bits of options.bits.split(',')) {
    const rows = ladder(name, bits);
    results.push(...rows);
    process.stdout.write(`${describe(name, bits, rows)}\n\n`);
    if (bits === '4') missed.push(...judge(name, rows));
  }
}
for (const line of missed) process.stdout.write(`NOT MET ${line}\n`);
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(results, null, 1));
process.exitCode = missed.length === 0 ? 0 : 1;

/** @param {string} name @param {string} bits */
function ladder(name, bits) {
  const folder = mkdtempSync(path.join(tmpdir(), 'infer-opt-ladder-'));
  const model = path.join(real, 'models', `${name}.onnx`);
  const data = ['--data', path.join(real, 'datasets', `${name}.yaml`)];
  /** @type {{ label: string, uses: (name: string) => boolean }[]} */
  const steps = [
    { label: 'plain rounding', uses: () => false },
    ...methods.map((method) => ({
      label: `only ${method.name}`,
      uses: (/** @type {string} */ other) => other === method.name,
    })),
    { label: 'all', uses: () => true },
    ...methods.map((method) => ({
      label: `all but ${method.name}`,
      uses: (/** @type {string} */ other) => other !== method.name,
    })),
  ];
  try {
    const artifacts = steps.map(({ label, uses }, index) => {
      process.stderr.write(`${name}, ${bits} bits: ${label}\n`);
      const artifact = path.join(folder, `${index}.onnx`);
      const words = methods.flatMap((method) => (uses(method.name) ? method.on : method.off));
      inferOpt([
        ...['quantize', model, '-o', artifact, ...data, '--mode', 'static', '--bits', bits],
        ...['--no-measure', ...words],
      ]);
      return artifact;
    });
    const bench = inferOpt(['bench', model, ...artifacts, ...data, '--time', '1s']);
    return steps.map(({ label }, index) => {
      const { accuracy, outputs, versus_baseline: versus } = bench.artifacts[index + 1];
      return {
        name,
        bits,
        label,
        top1: accuracy.top1,
        drop: versus.drop.top1,
        agreement: outputs.agreement,
        sqnr_db: outputs.sqnr_db,
        size_ratio: versus.size_ratio,
      };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} name @param {string} bits @param {any[]} rows */
function describe(name, bits, rows) {
  return [
    `${name}, weights of ${bits} bits`,
    table(
      ['', 'top-1', 'drop [95%]', 'agreement', 'SQNR', 'size'],
      rows.map(({ label, top1, drop, agreement, sqnr_db: sqnr, size_ratio: size }) => [
        label,
        number(top1, 4),
        withInterval(drop, 4),
        number(agreement, 4),
        number(sqnr, 1, ' dB'),
        number(size, 3, 'x'),
      ]),
    ),
  ].join('\n');
}

/** @param {string} name @param {any[]} rows */
function judge(name, rows) {
  const drop = (/** @type {string} */ label) => rows.find((one) => one.label === label)?.drop.value ?? 0;
  const [with_, without] = [drop('all'), drop('all but rounding by outputs')];
  return with_ <= Math.max(without / 2, 0)
    ? []
    : [`${name}: drop ${with_} against ${without} of plain rounding`];
}
