/**
 * Draws data, trains the fixture models on it and writes both into fixtures/.
 *
 *   node scripts/make-fixtures.js [NAME...]      all of them when no name is given
 *
 * Five to ten minutes on two cores. Everything is seeded, and each model is trained on one thread: a rerun on the same kind
 * of processor gives the same bytes, on another very nearly the same weights (sums round differently). The training steps are
 * ONNX graphs that onnxruntime-node computes, so nothing has to be installed for it; see fixtures/training/tape.js.
 */
import { fork } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { fixtures } from './fixtures/models/index.js';
import { npz } from './fixtures/npz.js';
import { Random } from './fixtures/random.js';
import { fit, predict } from './fixtures/training/fit.js';
import { Parameters } from './fixtures/training/tape.js';

const SAMPLES = 500;
const LARGEST_DIFFERENCE = 1e-3;
const folder = fileURLToPath(new URL('../fixtures/', import.meta.url));

/** @param {import('./fixtures/models/index.js').Fixture} fixture @param {number} seed */
async function make(fixture, seed) {
  const started = performance.now();
  const { name, draw, network, loss, batch, training } = fixture;
  const arrays = draw(new Random(seed), SAMPLES);
  const lessons = draw(new Random(seed + 1), training.samples);
  const parameters = new Parameters(new Random(seed + 2));
  await fit({
    ...training,
    parameters,
    network,
    loss,
    batch: (indices) => batch(lessons, indices),
    random: new Random(seed + 3),
    report: (epoch, value) =>
      console.error(`${name}: epoch ${epoch + 1} of ${training.epochs}, loss ${value.toFixed(4)}`),
  });
  const trained = await predict({
    parameters,
    network,
    batch: (indices) => batch(arrays, indices),
    samples: SAMPLES,
  });
  const expected = fixture.finish?.(trained) ?? trained;

  const model = fixture.encode(parameters);
  const outputs = await run(
    model,
    fixture.feeds(
      arrays,
      Uint32Array.from({ length: SAMPLES }, (_, i) => i),
    ),
  );
  const difference = Math.max(...expected.map((values, i) => largestDifference(values, outputs[i])));
  if (!(difference <= LARGEST_DIFFERENCE)) {
    throw new Error(`${name}: the exported model differs from the trained one by ${difference}`);
  }
  const data = npz(arrays);
  mkdirSync(`${folder}data`, { recursive: true });
  writeFileSync(`${folder}${name}.onnx`, model);
  writeFileSync(`${folder}data/${name}.npz`, data);
  writeFileSync(`${folder}${name}.yaml`, fixture.dataset);
  const scores = fixture.score(outputs, arrays);
  const size = (/** @type {number} */ bytes) => `${Math.round(bytes / 1000)} KB`;
  console.error(
    `${name}: ${JSON.stringify(scores)}, model ${size(model.length)}, data ${size(data.length)}, ` +
      `off by at most ${difference.toExponential(1)}, ${((performance.now() - started) / 1000).toFixed(0)} s`,
  );
  const rounded = Object.entries(scores).map(([metric, value]) => [metric, Number(value.toFixed(4))]);
  return { summary: fixture.summary, samples: SAMPLES, ...Object.fromEntries(rounded) };
}

/**
 * @param {Uint8Array} model
 * @param {ReturnType<import('./fixtures/models/index.js').Fixture['feeds']>} feeds
 * @returns {Promise<Float32Array[]>} the outputs in the model's order
 */
async function run(model, feeds) {
  const session = await InferenceSession.create(model);
  const tensors = Object.entries(feeds).map(([name, { shape, data }]) => [
    name,
    new Tensor(data instanceof Float32Array ? 'float32' : 'int64', data, shape),
  ]);
  const results = await session.run(Object.fromEntries(tensors));
  return session.outputNames.map((name) => /** @type {Float32Array} */ (results[name].data));
}

/** @param {Float32Array} a @param {Float32Array} b */
function largestDifference(a, b) {
  if (a.length !== b.length) return Infinity;
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);
}

/**
 * @param {string} name
 * @returns {Promise<object>} what is recorded of it, made in a process of its own: the runtime computes on the caller's thread
 */
function makeApart(name) {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [name]);
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`${name}: its process ended with ${code}`)));
  });
}

const wanted = process.argv.slice(2);
for (const name of wanted) {
  if (!fixtures.some((fixture) => fixture.name === name)) throw new Error(`no fixture is named ${name}`);
}
if (process.send) {
  const i = fixtures.findIndex(({ name }) => name === wanted[0]);
  process.send(await make(fixtures[i], 1000 * (i + 1)));
  process.disconnect();
} else {
  /** @type {Record<string, object>} */ const made = {};
  const waiting = fixtures
    .map(({ name }) => name)
    .filter((name) => wanted.length === 0 || wanted.includes(name));
  const work = async () => {
    for (let name = waiting.shift(); name; name = waiting.shift()) made[name] = await makeApart(name);
  };
  await Promise.all([work(), work()]);
  const record = `${folder}fixtures.json`;
  const results = wanted.length > 0 ? { ...JSON.parse(readFileSync(record, 'utf8')), ...made } : made;
  const ordered = fixtures.flatMap(({ name }) => (results[name] ? [[name, results[name]]] : []));
  writeFileSync(record, `${JSON.stringify(Object.fromEntries(ordered), undefined, 2)}\n`);
}
