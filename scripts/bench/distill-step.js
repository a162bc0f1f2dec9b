/**
 * What a training step costs against a forward pass of the same batch, and where the time goes.
 *
 *   npm run build && node scripts/bench/distill-step.js MODEL [--batch 32] [--threads 1]
 *
 * The forward pass is that of the deployed model (constant weights, default optimizations). Prints Markdown.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDataset, readModel } from '../../dist/index.js';
import { batchedModel } from '../../dist/distill/graph/batched.js';
import { adam } from '../../dist/distill/optimizers/adam.js';
import { termsOf } from '../../dist/distill/choose-terms.js';
import { matchOutputs } from '../../dist/distill/match-outputs.js';
import { parametersOf } from '../../dist/distill/parameters.js';
import { prepareStep } from '../../dist/distill/prepare-step.js';
import { prepareForPruning } from '../../dist/prune/prepare.js';
import { openSession } from '../../dist/runtime/session.js';
import { Tensor } from '../../dist/tensor/tensor.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { batch: { type: 'string', default: '32' }, threads: { type: 'string', default: '1' } },
});
const [file] = positionals;
if (file === undefined) {
  console.error('usage: node scripts/bench/distill-step.js MODEL [--batch N] [--threads N]');
  process.exit(2);
}
const [batch, threads] = [Number(values.batch), Number(values.threads)];
const rounds = 15;
const rates = { rate: 1e-6, decay: 0, averaging: 0.1 };

const model = await readModel(file);
await prepareForPruning(model);
const specs = model.graph.requiredInputs.map(({ name, type }) => ({
  name,
  dtype: type.dtype,
  dims: type.dims,
}));
const { inputs: sample } = await (await openDataset(undefined, specs)).calibrate.get(0);
const terms = termsOf(matchOutputs(model, model), [], 'auto', 2);
const { step, forms } = await prepareStep(model, sample, {
  batch,
  threads,
  optimizer: adam,
  terms,
  parameters: parametersOf(model).map(({ value }) => value.name),
  masks: new Map(),
  clip: 5,
  memory: Infinity,
});
const inputs = new Map(
  [...sample].map(([name, tensor]) => {
    const { dims, dtype, size } = tensor;
    const one = tensor.toNumbers();
    const all = Float64Array.from({ length: size * batch }, (_, i) => one[i % size]);
    return [name, Tensor.fromNumbers(dtype, [batch, ...dims.slice(1)], all)];
  }),
);
const targets = step.graph.targets.map((name) => {
  const { dims } = step.graph.model.graph.get(name).type;
  return Tensor.float32(
    dims,
    new Float32Array(dims.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1)),
  );
});
const batched = await batchedModel(model, sample, batch);
const layers = new Map([...batched.graph.nodes()].map((node) => [node.label, node.opType]));
const forward = await openSession(batched, { threads });

/** Milliseconds of a run: of the clock, and of the processor, which other work on the machine changes less. */
async function timed(/** @type {() => Promise<unknown>} */ run) {
  const before = process.cpuUsage();
  const start = performance.now();
  await run();
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { wall, cpu: (user + system) / 1000 };
}

const forwards = [];
const steps = [];
for (let round = 0; round < rounds + 3; round++) {
  const first = await timed(() => forward.run(inputs));
  const second = await timed(() => step.run(inputs, targets, rates));
  if (round < 3) continue;
  forwards.push(first);
  steps.push(second);
}
await forward.close();
const median = (/** @type {number[]} */ list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
console.log(
  `${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, ${threads} thread(s), batch ${batch}`,
);
console.log('');
for (const clock of /** @type {const} */ (['wall', 'cpu'])) {
  const [once, whole] = [forwards, steps].map((list) => median(list.map((time) => time[clock])));
  const ratio = (whole / once).toFixed(2);
  console.log(`${clock}: forward ${once.toFixed(1)} ms, training step ${whole.toFixed(1)} ms: ${ratio}x`);
}

const folder = mkdtempSync(join(tmpdir(), 'distill-step-'));
try {
  const profiled = await openSession(step.graph.model, { threads, profilePrefix: join(folder, 'step') });
  for (let round = 0; round < 5; round++) await profiled.run(step.feeds({ inputs, targets }, rates));
  await profiled.close();
  const events = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]), 'utf8'));
  /** @type {Map<string, { forward: number, backward: number }>} */
  const table = new Map();
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue;
    const node = name.slice(0, -'_kernel_time'.length);
    const added = /^train\/(.+)\/[^/]+$/.exec(node);
    // What a layer became is named after it: LAYER/ReorderInput.
    const layer = added?.[1] ?? (layers.has(node) ? node : node.slice(0, node.lastIndexOf('/')));
    const own = args.op_name.replace(/^Fused(?=Conv|Gemm)/, '');
    const kind = layers.get(layer) ?? (added === null ? own : 'loss and update');
    const row = table.get(kind) ?? { forward: 0, backward: 0 };
    row[added === null ? 'forward' : 'backward'] += dur / 5000;
    table.set(kind, row);
  }
  console.log('');
  console.log('| operator | forward ms | backward ms | ratio |');
  console.log('|---|---|---|---|');
  for (const [kind, row] of [...table].sort((a, b) => b[1].backward - a[1].backward)) {
    const ratio = row.forward > 0.05 ? `${(row.backward / row.forward).toFixed(1)}x` : '';
    console.log(`| ${kind} | ${row.forward.toFixed(2)} | ${row.backward.toFixed(2)} | ${ratio} |`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
  await step.close();
}
console.log('');
const counts = new Map();
for (const { forward, weight, image } of forms) {
  const ways = `forward ${forward}, weights ${weight}, image ${image}`;
  counts.set(ways, (counts.get(ways) ?? 0) + 1);
}
for (const [ways, count] of counts) console.log(`${count} Conv: ${ways}`);
