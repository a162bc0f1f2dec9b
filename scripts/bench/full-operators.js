/**
 * Times each operator that `infer-opt fuse --level full` could emit against what it would replace, alone in a graph, in onnxruntime at its
 * full optimization with one thread; both are open at once and take turns. What `full` emits stands on this table.
 *
 *   npm run build && node scripts/bench/full-operators.js [--filter TEXT] [--time SECONDS] [--docs docs/fuse.md] [--dist FOLDER]
 *
 * Above 1 the operator is faster; the difference of the two outputs, relative to the largest number, is printed beside it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import { cases } from './operator-cases.js';
import { OperatorGraph } from './operator-graph.js';
import { takeTurns } from './turns.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { values: options } = parseArgs({
  options: {
    filter: { type: 'string', default: '' },
    time: { type: 'string', default: '2' },
    docs: { type: 'string' },
    dist: { type: 'string', default: path.join(root, 'dist') },
  },
});
const load = (/** @type {string} */ file) =>
  import(pathToFileURL(path.join(path.resolve(options.dist), file)).href);
const library = Object.assign(
  {},
  ...(await Promise.all(
    [
      'ir/model.js',
      'ir/types.js',
      'ir/attribute.js',
      'tensor/tensor.js',
      'tensor/random.js',
      'onnx/write.js',
      'bench/statistics/bootstrap.js',
    ].map(load),
  )),
);
/** At its full optimization the runtime makes some of these operators by itself; without it the kernels are as they are written. */
const sizes = [
  { label: '128 x 384', rows: 128, width: 384, heads: 12, optimization: 'all' },
  { label: '16 x 64', rows: 16, width: 64, heads: 4, optimization: 'all' },
  { label: '128 x 384 as written', rows: 128, width: 384, heads: 12, optimization: 'disabled' },
];
/** So many in a row, so that a run is no shorter than the clock and the call around it. */
const copies = 8;

const lines = [
  `| operator | ${sizes.map(({ label }) => `${label}`).join(' | ')} | difference |`,
  `|---|${sizes.map(() => '---|').join('')}---|`,
];
for (const one of cases.filter(({ name }) => name.includes(options.filter))) {
  const cells = [];
  let difference = 0;
  for (const size of sizes) {
    try {
      const measured = await measure(one, size);
      cells.push(measured.speedup);
      difference = Math.max(difference, measured.difference);
    } catch (error) {
      cells.push(`refused: ${String(error).split('\n')[0]?.slice(-120)}`);
    }
  }
  lines.push(`| ${[one.name, ...cells, difference.toExponential(0)].join(' | ')} |`);
  process.stderr.write(`${lines.at(-1)}\n`);
}
const table = lines.join('\n');
const runtime = JSON.parse(
  readFileSync(path.join(root, 'node_modules/onnxruntime-node/package.json'), 'utf8'),
).version;
const machine = `${cpus()[0]?.model}, onnxruntime ${runtime}, one thread, ${new Date().toISOString().slice(0, 10)}.`;
process.stdout.write(`${table}\n\n${machine}\n`);
if (options.docs !== undefined) {
  const pattern = /(<!-- operators -->\n)[^]*?(<!-- end -->)/;
  writeFileSync(
    options.docs,
    readFileSync(options.docs, 'utf8').replace(
      pattern,
      (_, open, close) => `${open}${table}\n\n${machine}\n${close}`,
    ),
  );
}

async function measure(/** @type {import('./operator-cases.js').Case} */ one, /** @type {any} */ size) {
  const graphs = [one.before, one.after].map((build) => {
    const graph = new OperatorGraph(library, { ...size, opset: one.opset });
    let value = graph.x();
    for (let i = 0; i < copies; i++) value = build(graph, value);
    graph.graph.addOutput(value);
    return graph;
  });
  const sessions = await Promise.all(
    graphs.map(({ model }) =>
      InferenceSession.create(library.encodeModel(model), {
        graphOptimizationLevel: size.optimization,
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        logSeverityLevel: 4,
      }),
    ),
  );
  const feeds = sessions.map((session) => feedsOf(session));
  const runs = sessions.map((session, side) => () => session.run(/** @type {any} */ (feeds[side])));
  const [before, after] = await Promise.all(
    runs.map(async (run) => /** @type {Float32Array} */ (Object.values(await run())[0]?.data)),
  );
  const { a, b } = await takeTurns(/** @type {any} */ (runs), Number(options.time));
  for (const session of sessions) await session.release();
  const [low, high] = library.ratioInterval(a.blocks, b.blocks, 0.5, library.seededRandom(1));
  return {
    speedup: `${(a.median / b.median).toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`,
    difference: largestDifference(/** @type {any} */ (before), /** @type {any} */ (after)),
  };
}

function feedsOf(/** @type {InferenceSession} */ session) {
  const random = library.seededRandom(7);
  return Object.fromEntries(
    session.inputMetadata.map((input) => {
      const { name, shape, type } = /** @type {{ name: string, shape: number[], type: string }} */ (input);
      const size = shape.reduce((product, dim) => product * dim, 1);
      return [
        name,
        type === 'int64'
          ? new RuntimeTensor('int64', new BigInt64Array(size).fill(1n), shape)
          : new RuntimeTensor(
              'float32',
              Float32Array.from({ length: size }, () => library.normal(random)),
              shape,
            ),
      ];
    }),
  );
}

function largestDifference(/** @type {Float32Array} */ a, /** @type {Float32Array} */ b) {
  let [difference, largest] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    largest = Math.max(largest, Math.abs(a[i] ?? 0));
    difference = Math.max(difference, Math.abs((a[i] ?? 0) - (b[i] ?? 0)));
  }
  return largest === 0 ? difference : difference / largest;
}
