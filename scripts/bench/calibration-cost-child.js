// One measurement of calibration-cost.js in a process of its own: argument and answer are JSON.
import { collectHistograms } from '../../dist/calibrate/collect.js';
import { rangeMethods } from '../../dist/calibrate/methods/list.js';
import { readModel } from '../../dist/onnx/read.js';
import { prepare } from '../../dist/quantize/prepare.js';
import { chooseParameters, valuesToObserve } from '../../dist/quantize/static/parameters.js';
import { planStatic } from '../../dist/quantize/static/plan.js';
import { x86 } from '../../dist/quantize/targets/x86.js';
import { openSession } from '../../dist/runtime/session.js';
import { seededRandom, shuffled } from '../../dist/tensor/random.js';
import { openCalibration } from './samples.js';

const job = JSON.parse(process.argv[2] ?? '');
const samples = await openCalibration(job.model, job.data, job.count);
const model = await readModel(job.model);
await prepare(model, { opset: 17 });
const plan = planStatic(model.graph, x86, () => false);
const values = valuesToObserve(plan);
const answer = job.what === 'time' ? await times() : await memory();
process.stdout.write(JSON.stringify(answer));

/** Milliseconds of plainly running the original and of each method, round by round: by the clock and of processor time. */
async function times() {
  const decoded = [];
  for (let index = 0; index < samples.size; index++) decoded.push(await samples.get(index));
  const inMemory = { size: decoded.length, get: async (/** @type {number} */ index) => decoded[index] };
  const subjects = ['plain', ...job.methods];
  const random = seededRandom(1);
  const rounds = [];
  // The first round warms up and does not count.
  for (let round = 0; round <= job.rounds; round++) {
    /** @type {Record<string, { wall: number, processor: number }>} */
    const measured = {};
    for (const turn of shuffled(subjects.length, random)) {
      const name = subjects[turn] ?? 'plain';
      const started = performance.now();
      const before = process.cpuUsage();
      await (name === 'plain' ? plainlyRun(decoded) : calibrate(inMemory, name));
      const { user, system } = process.cpuUsage(before);
      measured[name] = { wall: performance.now() - started, processor: (user + system) / 1000 };
    }
    if (round > 0) rounds.push(measured);
  }
  return rounds;
}

/** The most memory that this process had while it decoded and calibrated. */
async function memory() {
  await calibrate(samples, job.methods[0]);
  // Node reports kilobytes on every system.
  return { peakBytes: process.resourceUsage().maxRSS * 1024 };
}

/** @param {readonly { inputs: ReadonlyMap<string, any> }[]} decoded */
async function plainlyRun(decoded) {
  const session = await openSession(job.model, { threads: 1 });
  for (const { inputs } of decoded) await session.run(inputs);
  await session.close();
}

/** @param {any} set @param {string} name */
async function calibrate(set, name) {
  const method = rangeMethods.find((/** @type {{ name: string }} */ candidate) => candidate.name === name);
  const histograms = await collectHistograms(model, values, set, { threads: 1 });
  return chooseParameters(plan, histograms, method, x86);
}
