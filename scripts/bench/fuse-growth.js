/**
 * How the time of the passes of `infer-opt fuse --level full` grows with a graph: generated ones of 1,000, 5,000 and 20,000 nodes, of shape
 * arithmetic, Reshapes and element-wise operators with an open batch; each is run twice and the faster run printed.
 *
 *   npm run build && node scripts/bench/fuse-growth.js [--dist FOLDER]
 */
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { values: options } = parseArgs({
  options: { dist: { type: 'string', default: path.join(root, 'dist') } },
});
const load = (/** @type {string} */ file) =>
  import(pathToFileURL(path.join(path.resolve(options.dist), file)).href);
const [{ Model }, { tensorType }, { Tensor }, { runPasses }, { fullPasses }] = await Promise.all(
  ['ir/model.js', 'ir/types.js', 'tensor/tensor.js', 'passes/pipeline.js', 'passes/presets.js'].map(load),
);

// The first run compiles the program.
await fuse(1000);
for (const nodes of [1000, 5000, 20_000]) {
  const runs = [await fuse(nodes), await fuse(nodes)];
  const seconds = Math.min(...runs.map((run) => run.seconds));
  const { report } = /** @type {{ report: any }} */ (runs[0]);
  process.stdout.write(
    `${report.nodesBefore} nodes to ${report.nodesAfter} in ${seconds.toFixed(2)} s, ${report.rounds} rounds, ` +
      `${((1e6 * seconds) / nodes).toFixed(0)} us a node\n`,
  );
}

async function fuse(/** @type {number} */ nodes) {
  const model = generated(nodes);
  const start = performance.now();
  const report = await runPasses(model, fullPasses, {
    evaluate: () => Promise.resolve(new Map()),
    constantBudget: 2 ** 20,
  });
  return { seconds: (performance.now() - start) / 1000, report };
}

/** Blocks of ten nodes. */
function generated(/** @type {number} */ nodes) {
  const model = Model.create(13);
  const { graph } = model;
  const constant = (/** @type {string} */ name, /** @type {any} */ tensor) => graph.addConstant(name, tensor);
  const node = (/** @type {string} */ opType, /** @type {any[]} */ inputs, attributes = []) =>
    graph.addNode(opType, inputs, { attributes }).outputs[0];
  const alongFirst = /** @type {any} */ ([['axis', { kind: 'int', value: 0n }]]);
  let value = graph.declare('x', tensorType('float32', ['batch', 8]));
  graph.addInput(value);
  for (let block = 0; block < nodes / 10; block++) {
    const length = node('Gather', [node('Shape', [value]), constant('first', Tensor.int64([], [0]))]);
    const vector = node('Unsqueeze', [length, constant('axes', Tensor.int64([1], [0]))]);
    const target = node('Concat', [vector, constant('width', Tensor.int64([1], [8]))], alongFirst);
    value = node('Identity', [node('Reshape', [value, target])]);
    value = node('Mul', [node('Relu', [value]), constant('factor', Tensor.float32([], [1.5]))]);
    value = node('Neg', [node('Abs', [value])]);
  }
  graph.addOutput(value);
  return model;
}
