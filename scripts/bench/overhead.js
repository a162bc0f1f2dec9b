// What bench itself costs: the median latency that it tells of a single model against a plain loop around the runtime in a
// process of its own, in turns. Needs a machine that does nothing else.
//   node scripts/bench/overhead.js [--models a.onnx,b.onnx] [--rounds 5] [--seconds 6]
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { runBench } from '../../dist/bench/bench.js';
import { median } from '../../dist/bench/statistics/percentile.js';
import { openDataset } from '../../dist/data/dataset.js';
import { root } from '../setup.js';

const { values } = parseArgs({
  options: {
    models: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '6' },
    loop: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
const limit = 0.03;

if (values.loop === undefined) await compare();
else await loop(values.loop);

async function compare() {
  for (const path of models()) {
    const ratios = [];
    const medians = { bench: [], loop: [] };
    for (let round = 0; round < Number(values.rounds); round++) {
      const sides = round % 2 === 0 ? ['bench', 'loop'] : ['loop', 'bench'];
      const found = {};
      for (const side of sides) found[side] = side === 'bench' ? await benched(path, round) : looped(path);
      medians.bench.push(found.bench);
      medians.loop.push(found.loop);
      ratios.push(found.bench / found.loop);
    }
    const off = median(ratios) - 1;
    if (Math.abs(off) > limit) process.exitCode = 1;
    console.log(
      `${basename(path, '.onnx')}: bench ${median(medians.bench).toFixed(3)} ms, plain loop ${median(medians.loop).toFixed(3)} ms, ` +
        `${(off * 100).toFixed(1)}% (rounds ${ratios.map((ratio) => `${((ratio - 1) * 100).toFixed(1)}%`).join(', ')})`,
    );
  }
}

async function benched(baseline, seed) {
  const result = await runBench({
    baseline,
    candidates: [],
    openDataset: (inputs) => openDataset(undefined, inputs, { split: { evaluate: 16 } }),
    seed: seed + 1,
    timeMs: seconds * 1000,
  });
  return result.artifacts[0].latency_ms.p50;
}

function looped(path) {
  const words = [process.argv[1], '--loop', path, '--seconds', values.seconds];
  const { stdout, stderr, status } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}

/** The plain loop: the runtime and nothing of ours but the made-up inputs. */
async function loop(path) {
  const ort = await import('onnxruntime-node');
  const session = await ort.InferenceSession.create(path, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  const specs = session.inputMetadata.map(({ name, type, shape }) => ({
    name,
    dtype: type,
    dims: shape.map((dim) => (dim === '' ? undefined : dim)),
  }));
  const dataset = await openDataset(undefined, specs, { split: { evaluate: 16 } });
  const feeds = [];
  for (let i = 0; i < dataset.evaluate.size; i++) {
    const { inputs } = await dataset.evaluate.get(i);
    feeds.push(
      Object.fromEntries(
        [...inputs].map(([name, tensor]) => [
          name,
          new ort.Tensor(tensor.dtype, tensor.values(), tensor.dims),
        ]),
      ),
    );
  }
  const times = [];
  for (const began = performance.now(); performance.now() - began < seconds * 1000;) {
    const feed = feeds[times.length % feeds.length];
    const before = performance.now();
    await session.run(feed);
    times.push(performance.now() - before);
  }
  // The first fifth warms up.
  process.stdout.write(String(median(times.slice(Math.floor(times.length / 5)))));
}

function models() {
  if (values.models !== undefined) return values.models.split(',');
  const real = join(root, '..', 'shared', 'real', 'models');
  const fixtures = ['glyphs-resnet', 'tokens-transformer'].map((name) =>
    join(root, 'fixtures', `${name}.onnx`),
  );
  if (!existsSync(real)) return fixtures;
  return [...fixtures, ...['magika', 'mobilenetv2'].map((name) => join(real, `${name}.onnx`))];
}
