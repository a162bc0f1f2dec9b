/**
 * Accuracy of pruned models with and without repair, on labelled samples that the repair has not seen.
 *
 *   npm run build && node scripts/bench/prune-quality.js MODELS DATASETS [MODEL...] [--scheme NAME]
 *
 * MODELS and DATASETS are folders with <model>.onnx and <model>.yaml. Prints a Markdown table.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDataset, prune, readModel } from '../../dist/index.js';
import { openSession } from '../../dist/runtime/session.js';

/** @type {Record<string, [scheme: string, ratio: number | undefined][]>} */
const cases = {
  'resnet20-cifar10': [
    ['magnitude', 0.5],
    ['magnitude', 0.6],
    ['2:4', undefined],
    ['channel', 0.11],
    ['channel', 0.23],
  ],
  'mnist-mlp-256x4': [
    ['magnitude', 0.5],
    ['magnitude', 0.8],
    ['channel', 0.6],
  ],
  'squeezenet1.1': [
    ['magnitude', 0.5],
    ['2:4', undefined],
    ['channel', 0.1],
    ['channel', 0.2],
  ],
};

const { values: options, positionals } = parseArgs({
  options: { scheme: { type: 'string' } },
  allowPositionals: true,
});
const [models, datasets, ...wanted] = positionals;
if (models === undefined || datasets === undefined) {
  console.error('usage: node scripts/bench/prune-quality.js MODELS DATASETS [MODEL...]');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'prune-quality-'));

/** Share of the evaluation samples whose label is the largest output. */
async function accuracy(/** @type {string} */ file, /** @type {any} */ samples) {
  const session = await openSession(file);
  let right = 0;
  for (let index = 0; index < samples.size; index++) {
    const { inputs, label } = await samples.get(index);
    const [output] = (await session.run(inputs)).values();
    const values = output.toFloat32();
    if (values.indexOf(Math.max(...values)) === label) right += 1;
  }
  await session.close();
  return right / samples.size;
}

const number = (/** @type {number | null | undefined} */ value, digits = 3) =>
  value === null || value === undefined ? '-' : value.toFixed(digits);

console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, one thread`);
console.log('');
console.log('| model | scheme | ratio | top-1 | drop, no repair | drop, repaired | speed-up | seconds |');
console.log('|---|---|---|---|---|---|---|---|');
try {
  for (const [name, list] of Object.entries(cases)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const model = join(models, `${name}.onnx`);
    const data = join(datasets, `${name}.yaml`);
    const graph = (await readModel(model)).graph;
    const inputs = graph.requiredInputs.map(({ name: input, type }) => ({
      name: input,
      dtype: type.dtype,
      dims: type.dims,
    }));
    const { evaluate } = await openDataset(data, inputs);
    const top1 = await accuracy(model, evaluate);
    for (const [scheme, ratio] of list) {
      if (options.scheme !== undefined && options.scheme !== scheme) continue;
      const drops = [];
      let speedup;
      let seconds = 0;
      for (const repair of [false, true]) {
        const output = join(folder, 'pruned.onnx');
        const start = performance.now();
        // Without repair as it is usually done: every layer gives the same share.
        const allocation = !repair && scheme === 'magnitude' ? 'uniform' : undefined;
        const result = await prune({ model, output, scheme, ratio, data, repair, allocation });
        seconds = (performance.now() - start) / 1000;
        speedup = result.measured?.speedup;
        drops.push(top1 - (await accuracy(output, evaluate)));
      }
      const cells = [name, scheme, ratio ?? '', number(top1, 4), ...drops.map((drop) => number(drop))];
      console.log(`| ${[...cells, `${number(speedup, 2)}x`, number(seconds, 0)].join(' | ')} |`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
