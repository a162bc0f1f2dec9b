/**
 * The whole job unattended on real models: what optimize finds, how it holds its gate on samples that the search did not
 * see, and whether any single setting of quantize that holds the gate would have been faster.
 *
 *   node scripts/bench/optimize-models.js [OPTIONS]
 *
 *   --only NAME,NAME   only these models
 *   --time 3m          what each search may take
 *   --threads N        1 without
 *   --json FILE        writes everything that was measured
 *
 * Models and data come from ../shared/real and are skipped where that is absent; the models of real size are made by
 * scripts/make-scale-models.js. The settings of quantize and the winner are measured together, all samples of `evaluate`
 * counted; the fastest setting and the winner then once more against each other. Exit status 1 when a gate fails, a
 * winner is slower than its original, or a setting is more than 3% faster than the winner.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled } from '../setup.js';
import { root } from './quantization-cases.js';
import { inferOpt } from './run-tool.js';
import { number, table, withInterval } from './table.js';

ensureInstalled();
const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    time: { type: 'string', default: '3m' },
    threads: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
const threads = ['--threads', options.threads];
const labelled = [
  'squeezenet1.1',
  'mobilenetv2',
  'resnet20-cifar10',
  'vit-cifar10',
  'mnist-8',
  'mnist-mlp-256x4',
  'magika',
];
const shapes = ['resnet50-shape', 'minilm-shape', 'mobilenet-v3-shape'];
const real = path.join(root, '../shared/real');
const generated = path.join(root, '.cache/scale-models');

/** What somebody would try by hand. */
const settings = [
  ['--mode', 'static'],
  ['--mode', 'static', '--calibration', 'minmax'],
  ['--mode', 'static', '--calibration', 'mse'],
  ['--mode', 'static', '--rounding', 'nearest', '--no-equalize'],
  ['--mode', 'dynamic'],
  ['--mode', 'weights'],
  ['--mode', 'weights', '--bits', '4'],
];

const results = [];
for (const name of [...labelled, ...shapes]) {
  if (options.only !== undefined && !options.only.split(',').includes(name)) continue;
  const isShape = shapes.includes(name);
  const model = path.join(isShape ? generated : path.join(real, 'models'), `${name}.onnx`);
  if (isShape && !existsSync(model))
    execFileSync(process.execPath, [path.join(root, 'scripts/make-scale-models.js')]);
  if (!existsSync(model)) {
    process.stderr.write(`${name}: skipped, ${path.relative(root, model)} is absent\n`);
    continue;
  }
  const result = whole(name, model, isShape ? undefined : path.join(real, 'datasets', `${name}.yaml`));
  results.push(result);
  process.stderr.write(`${name}: ${result.winner}, ${result.met ? 'met' : 'NOT MET'}\n`);
}
process.stdout.write(
  `${table(
    [
      'model',
      'winner',
      'verdict',
      'drop or cosine, unseen',
      'speed-up',
      'best by hand',
      'winner over it',
      '',
    ],
    results.map((one) => [
      one.name,
      one.winner,
      one.verdict,
      one.quality,
      withInterval(one.speedup, 2, 'x'),
      one.byHand ?? 'none holds the gate',
      withInterval(one.over, 3, 'x'),
      one.met ? 'met' : 'NOT MET',
    ]),
  )}\n`,
);
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(results, null, 1));
process.exitCode = results.every(({ met }) => met) ? 0 : 1;

/** @param {string} name @param {string} model @param {string | undefined} dataset */
function whole(name, model, dataset) {
  const folder = mkdtempSync(path.join(tmpdir(), 'infer-opt-whole-'));
  const data = dataset === undefined ? [] : ['--data', dataset];
  const gate = dataset === undefined ? 'cosine >= 0.99' : 'top1.drop <= 0.005';
  try {
    const output = path.join(folder, 'optimized');
    const found = inferOpt([
      'optimize',
      model,
      '-o',
      output,
      ...data,
      '--gate',
      gate,
      '--time',
      options.time,
      ...threads,
      '--no-cache',
    ]);
    const { winner } = found;
    const judged = found.candidates.find((/** @type {any} */ { name: its }) => its === winner.name)?.judged;
    const made = settings.flatMap((words, index) => {
      const file = path.join(folder, `by-hand-${index}.onnx`);
      const calibration = words.includes('static') ? data : [];
      try {
        inferOpt(['quantize', model, '-o', file, ...words, ...calibration, '--no-measure', ...threads]);
      } catch {
        // A setting that does not go with the model, which quantize has said on stderr.
        return [];
      }
      return [{ words, file }];
    });
    const best = fastest(model, made, data, gate);
    const over =
      best === undefined || winner.name === 'original'
        ? undefined
        : inferOpt(['bench', best.file, winner.path, ...data, ...threads, '--time', '20s']).artifacts[1]
            .versus_baseline.speedup;
    const drop = judged?.drop?.top1;
    return {
      name,
      winner: winner.name,
      verdict: found.verdict,
      quality:
        drop === undefined
          ? number(judged?.outputs?.cosine, 4)
          : `${withInterval(drop, 4)} of ${judged.samples}`,
      speedup: judged?.speedup ?? null,
      byHand: best === undefined ? null : best.words.join(' ').replaceAll('--', ''),
      over: over ?? null,
      seconds: found.elapsed_ms / 1000,
      gates: found.gates,
      met:
        found.verdict !== 'fail' &&
        (winner.name === 'original'
          ? best === undefined || best.speedup <= 1 / 0.97
          : judged.speedup.value >= 1) &&
        (over === undefined || over.value >= 0.97),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The fastest of what was made by hand whose estimate holds the gate.
 * @param {string} model
 * @param {readonly { words: readonly string[], file: string }[]} made
 * @param {readonly string[]} data
 * @param {string} gate
 */
function fastest(model, made, data, gate) {
  if (made.length === 0) return undefined;
  const files = made.map(({ file }) => file);
  const bench = inferOpt(['bench', model, ...files, ...data, ...threads, '--gate', gate, '--time', '40s']);
  return made
    .map(({ words, file }, index) => {
      const artifact = bench.artifacts[index + 1];
      const holds = artifact.error === null && holdsGate(artifact, gate);
      return { words, file, holds, speedup: artifact.versus_baseline?.speedup?.value ?? 0 };
    })
    .filter(({ holds }) => holds)
    .sort((a, b) => b.speedup - a.speedup)[0];
}

/** @param {any} artifact @param {string} gate */
function holdsGate(artifact, gate) {
  return gate.startsWith('cosine')
    ? artifact.outputs.cosine >= 0.99
    : artifact.versus_baseline.drop.top1.value <= 0.005;
}
