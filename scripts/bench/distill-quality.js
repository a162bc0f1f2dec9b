/**
 * Accuracy that distilling gives back to pruned models, on labelled samples that neither pruning nor distilling saw.
 *
 *   npm run build && node scripts/bench/distill-quality.js MODEL DATASET [--time 10m | --epochs 40] [--threads N] [CASE...]
 *
 * A case is a scheme and a ratio (channel:0.5) or a pattern (2:4). Prints a Markdown table.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDataset, readModel, distill, prune } from '../../dist/index.js';
import { duration } from '../../dist/cli/options.js';
import { openSession } from '../../dist/runtime/session.js';

const split = { calibrate: 1000, evaluate: 1000 };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    time: { type: 'string' },
    epochs: { type: 'string' },
    threads: { type: 'string', default: '1' },
  },
});
const [model, data, ...wanted] = positionals;
if (model === undefined || data === undefined) {
  console.error(
    'usage: node scripts/bench/distill-quality.js MODEL DATASET [--time T | --epochs N] [CASE...]',
  );
  process.exit(2);
}
const cases = wanted.length > 0 ? wanted : ['channel:0.25', 'channel:0.5', '2:4'];
const threads = Number(values.threads);
const folder = mkdtempSync(join(tmpdir(), 'distill-quality-'));

/** Share of the evaluation samples whose label is the largest output. */
async function accuracy(/** @type {string} */ file, /** @type {any} */ samples) {
  const session = await openSession(file);
  let right = 0;
  for (let index = 0; index < samples.size; index++) {
    const { inputs, label } = await samples.get(index);
    const [output] = (await session.run(inputs)).values();
    const scores = output.toFloat32();
    if (scores.indexOf(Math.max(...scores)) === label) right += 1;
  }
  await session.close();
  return right / samples.size;
}

const inputs = (await readModel(model)).graph.requiredInputs.map(({ name, type }) => ({
  name,
  dtype: type.dtype,
  dims: type.dims,
}));
const { evaluate } = await openDataset(data, inputs, { split });
const top1 = await accuracy(model, evaluate);

console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, ${threads} thread(s)`);
console.log('');
console.log(
  '| pruned | MACs | original | no repair | repaired | distilled | of the loss back | epochs | seconds |',
);
console.log('|---|---|---|---|---|---|---|---|---|');
try {
  for (const name of cases) {
    const [scheme, ratio] =
      name.startsWith('channel') || name.startsWith('magnitude') ? name.split(':') : [name];
    const [cut, repaired, output] = ['cut', 'repaired', 'distilled'].map((one) =>
      join(folder, `${one}.onnx`),
    );
    const common = { model, scheme, ratio: ratio && Number(ratio), data, dataset: { split }, measure: false };
    await prune({ ...common, output: cut, repair: false });
    const pruned = await prune({ ...common, output: repaired });
    const result = await distill({
      student: repaired,
      teacher: model,
      output,
      data,
      dataset: { split },
      threads,
      timeMs: values.time === undefined ? undefined : duration(values.time),
      epochs: values.epochs === undefined ? undefined : Number(values.epochs),
    });
    const found = [];
    for (const file of [cut, repaired, output]) found.push(await accuracy(file, evaluate));
    const back = (found[2] - found[1]) / (top1 - found[1]);
    const macs = pruned.macs === null ? '' : `${(pruned.macs.after / pruned.macs.before).toFixed(3)}x`;
    const zeros = pruned.pattern === null ? '' : `, ${result.training.masks.zeros} zeros kept`;
    const cells = [name + zeros, macs, ...[top1, ...found].map((share) => share.toFixed(4))];
    cells.push(
      `${(100 * back).toFixed(0)}%`,
      result.training.epochs.toFixed(0),
      result.training.seconds.toFixed(0),
    );
    console.log(`| ${cells.join(' | ')} |`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
