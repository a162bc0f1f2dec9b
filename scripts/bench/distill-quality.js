/**
 * Accuracy that distilling gives back to pruned and to 4-bit models, on labelled samples that nothing has learned from
 * or was chosen by: whatever is trained, repaired, rounded or picked sees the calibration samples alone.
 *
 *   npm run build && node scripts/bench/distill-quality.js MODEL DATASET [--time 10m | --epochs 40] [--threads N]
 *     [--seeds 1,2] [--hint-weight W] [--rate R] [--batch N] [--augment LIST] [--hold-back SHARE]
 *     [--calibrate 1000] [--evaluate 1000] [CASE...]
 *
 * A case is a scheme and a ratio (channel:0.5), a pattern (2:4), or int4: weights of 4 bits, beside what `quantize` makes
 * of them by rounding so that outputs change least. Intervals are of 95%, over samples drawn anew (paired bootstrap).
 * Prints Markdown tables.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDataset, readModel, distill, prune, quantize } from '../../dist/index.js';
import { duration } from '../../dist/cli/options.js';
import { openSession } from '../../dist/runtime/session.js';
import { seededRandom } from '../../dist/tensor/random.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    time: { type: 'string' },
    epochs: { type: 'string' },
    threads: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    'hint-weight': { type: 'string' },
    rate: { type: 'string' },
    batch: { type: 'string' },
    augment: { type: 'string' },
    'hold-back': { type: 'string' },
    calibrate: { type: 'string', default: '1000' },
    evaluate: { type: 'string', default: '1000' },
  },
});
const [model, data, ...wanted] = positionals;
if (model === undefined || data === undefined) {
  console.error(
    'usage: node scripts/bench/distill-quality.js MODEL DATASET [--time T | --epochs N] [CASE...]',
  );
  process.exit(2);
}
const cases = wanted.length > 0 ? wanted : ['channel:0.25', 'channel:0.5', '2:4', 'int4'];
const number = (/** @type {string | undefined} */ text) => (text === undefined ? undefined : Number(text));
const threads = Number(values.threads);
const seeds = values.seeds.split(',').map(Number);
const split = { calibrate: Number(values.calibrate), evaluate: Number(values.evaluate) };
const dataset = { split };
const folder = mkdtempSync(join(tmpdir(), 'distill-quality-'));
const file = (/** @type {string} */ name) => join(folder, `${name}.onnx`);

/** For each evaluation sample 1 where its label is the largest output, else 0. */
async function answers(/** @type {string} */ path) {
  const session = await openSession(path);
  const right = new Uint8Array(evaluate.size);
  for (let index = 0; index < evaluate.size; index++) {
    const { inputs, label } = await evaluate.get(index);
    const [output] = (await session.run(inputs)).values();
    const scores = output.toFloat32();
    right[index] = scores.indexOf(Math.max(...scores)) === label ? 1 : 0;
  }
  await session.close();
  return right;
}

const share = (/** @type {Uint8Array} */ right) => right.reduce((sum, one) => sum + one, 0) / right.length;

/**
 * A number made of accuracies, with the middle 95% of what it is over samples drawn anew.
 *
 * @param {Uint8Array[]} all
 * @param {(...accuracies: number[]) => number} of
 */
function interval(all, of) {
  const random = seededRandom(1);
  const count = all[0].length;
  const drawn = Array.from({ length: 2000 }, () => {
    const sums = all.map(() => 0);
    for (let i = 0; i < count; i++) {
      const at = Math.floor(random() * count);
      all.forEach((right, which) => (sums[which] += right[at]));
    }
    return of(...sums.map((sum) => sum / count));
  }).sort((a, b) => a - b);
  return { value: of(...all.map(share)), low: drawn[50], high: drawn[1949] };
}

const percent = (/** @type {{ value: number, low: number, high: number }} */ { value, low, high }) =>
  `${(100 * value).toFixed(0)}% (${(100 * low).toFixed(0)} to ${(100 * high).toFixed(0)})`;
const points = (/** @type {{ value: number, low: number, high: number }} */ { value, low, high }) =>
  `${value.toFixed(4)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
const row = (/** @type {unknown[]} */ cells) => console.log(`| ${cells.join(' | ')} |`);

/** Trains with the settings of the command line. */
const train = (/** @type {string} */ student, /** @type {string} */ output, /** @type {object} */ more) =>
  distill({
    student,
    teacher: model,
    output,
    data,
    dataset,
    threads,
    timeMs: values.time === undefined ? undefined : duration(values.time),
    epochs: number(values.epochs),
    hintWeight: number(values['hint-weight']),
    rate: number(values.rate),
    batch: number(values.batch),
    augment: values.augment,
    holdBack: number(values['hold-back']),
    ...more,
  });

const inputs = (await readModel(model)).graph.requiredInputs.map(({ name, type }) => ({
  name,
  dtype: type.dtype,
  dims: type.dims,
}));
const { evaluate } = await openDataset(data, inputs, { split });
const original = await answers(model);

/** A pruned model with and without repair, and distilled. */
async function pruned(/** @type {string} */ name) {
  const [scheme, ratio] = /^(channel|magnitude)/.test(name) ? name.split(':') : [name];
  const common = { model, scheme, ratio: number(ratio), data, dataset, measure: false };
  await prune({ ...common, output: file('cut'), repair: false });
  const { macs, pattern } = await prune({ ...common, output: file('repaired') });
  const [cut, repaired] = [await answers(file('cut')), await answers(file('repaired'))];
  for (const seed of seeds) {
    const { training } = await train(file('repaired'), file('distilled'), { seed });
    const distilled = await answers(file('distilled'));
    const back = interval([original, repaired, distilled], (o, r, d) => (d - r) / (o - r));
    const zeros = pattern === null ? '' : `, ${training.masks.zeros} zeros kept`;
    row([
      `${name}${zeros}, seed ${seed}`,
      macs === null ? '' : `${(macs.after / macs.before).toFixed(2)}x`,
      ...[original, cut, repaired, distilled].map((right) => share(right).toFixed(3)),
      percent(back),
      training.epochs.toFixed(0),
      training.seconds.toFixed(0),
    ]);
  }
}

/** 4-bit weights rounded by outputs, and trained against their rounding: each as a file of `quantize`. */
async function fourBits() {
  const common = { data, dataset, mode: 'static', bits: /** @type {const} */ (4), measure: false };
  await quantize({ ...common, model, output: file('rounded') });
  const rounded = await answers(file('rounded'));
  for (const seed of seeds) {
    const { training } = await train(model, file('trained'), { seed, round: 'int4' });
    // The weights lie on their grid: nothing may move them.
    const exact = { rounding: 'nearest', weightScales: 'max', equalize: false, correctBias: false };
    await quantize({ ...common, ...exact, model: file('trained'), output: file('integers') });
    const trained = await answers(file('trained'));
    const integers = await answers(file('integers'));
    const drop = (/** @type {Uint8Array} */ right) => interval([original, right], (a, b) => a - b);
    row([
      `seed ${seed}`,
      share(original).toFixed(3),
      points(drop(rounded)),
      points(drop(trained)),
      points(drop(integers)),
      points(interval([rounded, integers], (a, b) => b - a)),
      training.epochs.toFixed(0),
      training.seconds.toFixed(0),
    ]);
  }
}

console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, ${threads} thread(s)`);
console.log(`${split.calibrate} samples to learn from, ${evaluate.size} others to measure on`);
try {
  const cuts = cases.filter((name) => name !== 'int4');
  if (cuts.length > 0) {
    console.log('');
    row([
      'pruned',
      'MACs',
      'original',
      'no repair',
      'repaired',
      'distilled',
      'of the loss back',
      'epochs',
      's',
    ]);
    row(Array.from({ length: 9 }, () => '---'));
    for (const name of cuts) await pruned(name);
  }
  if (cases.includes('int4')) {
    console.log('');
    const drops = ['rounded by outputs', 'trained, floats on the grid', 'trained, integers'];
    row([
      '4 bits',
      'original',
      ...drops.map((name) => `drop ${name}`),
      'gained over rounding',
      'epochs',
      's',
    ]);
    row(Array.from({ length: 8 }, () => '---'));
    await fourBits();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
