// How well plans predict: for several models and rates, a setting is simulated and then run for real with the same
// arrivals. Prints a table, and writes all figures with --json FILE.
//
//   node scripts/bench/plan-accuracy.js [--seconds 60] [--requests 5000] [--curve-seconds 60] [--models a.onnx,b.onnx] [--json FILE]
//
// Times of batches are measured right before each model's runs. Needs a machine that does nothing else: a full run
// takes up to eight and a half minutes a model: 60 s each for the times, and 60 s or 5,000 requests for each of four rates
// and three settings, and 20 s for the saturation.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt, root } from '../setup.js';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    requests: { type: 'string', default: '5000' },
    'curve-seconds': { type: 'string', default: '60' },
    models: { type: 'string' },
    json: { type: 'string' },
  },
});
ensureBuilt({ acceptErrors: true });
const { measureModel } = await import('../../dist/jobs/plan/measure-model.js');
const { verifySettings } = await import('../../dist/jobs/plan/verify.js');
const { ServiceTimes } = await import('../../dist/serve/plan/service-times.js');
const { capacityOf } = await import('../../dist/serve/plan/evaluate.js');
const { makePlan } = await import('../../dist/serve/plan/make-plan.js');
const { silentProgress } = await import('../../dist/progress.js');

/** Shares of the capacity: below saturation, and beyond it to see where it saturates. */
const loads = [0.3, 0.5, 0.7, 0.85];
const batches = [1, 2, 4, 8];
const signal = new globalThis.AbortController().signal;
const results = [];

for (const path of models()) {
  const flags = {
    seed: 1,
    threads: 1,
    batch: batches,
    instances: 1,
    time: Number(options['curve-seconds']) * 1000,
  };
  const work = { progress: silentProgress, signal, warnings: [] };
  const measured = await measureModel(path, flags, work);
  const service = [new ServiceTimes(measured.curve)];
  const setting = {
    max_batch: service[0].largest,
    window_ms: 0,
    preferred: [],
    instances: 1,
    queue_limit: 0,
  };
  const capacity = capacityOf(setting, service);
  const run = (jobs, seconds) =>
    verifySettings(jobs, {
      path,
      threads: 1,
      requests: measured.requests,
      service,
      trace: undefined,
      timeMs: seconds * 1000,
      seed: 7,
      progress: silentProgress,
      signal,
    });
  for (const load of loads) {
    const rate = load * capacity;
    // So many requests, or so long, whatever is the sooner.
    const seconds = Math.min(Number(options.seconds), Number(options.requests) / rate);
    const [found] = await run([{ settings: setting, rate_per_s: rate }], seconds);
    results.push({ kind: 'latency', model: path, load, ...found });
    console.log(line(path, `${Math.round(load * 100)}%`, found));
  }
  // At half as much again as it can do, it answers as fast as it can: that is where it saturates.
  const [full] = await run(
    [{ settings: setting, rate_per_s: 1.5 * capacity }],
    Math.min(20, Number(options.seconds)),
  );
  const saturation = full.measured.throughput_per_s;
  results.push({ kind: 'saturation', model: path, predicted_per_s: capacity, measured_per_s: saturation });
  console.log(
    `${short(path)}  saturates at ${saturation.toFixed(1)}/s, predicted ${capacity.toFixed(1)}/s (${percent(capacity, saturation)})`,
  );
  await objective(path, measured, service, capacity, run);
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, undefined, 2)}\n`);

/** The recommended setting against the simple ones, each at what it is recommended for: the least p99 at a rate. */
async function objective(path, measured, service, capacity, run) {
  const single = 1000 / service[0].mean(1);
  // Where batching matters: close to what one at a time can do, and beyond.
  const rate = Math.min(0.85 * capacity, 0.97 * single);
  const plan = await makePlan({
    service,
    ratePerS: rate,
    slo: undefined,
    trace: undefined,
    requests: 20_000,
    seed: 1,
    windows: undefined,
    queueLimit: 0,
    staticBatch: 8,
    progress: silentProgress,
  });
  const jobs = [plan.recommendation, plan.alternatives.no_batching, plan.alternatives.static_batch];
  const found = await run(
    jobs.filter((job) => job?.figures),
    Math.min(Number(options.seconds), Number(options.requests) / rate),
  );
  for (const one of found) {
    results.push({ kind: 'objective', model: path, ...one });
    const { max_batch: size, window_ms: window } = one.settings;
    console.log(line(path, window === null ? `static ${size}` : `up to ${size}, ${window} ms`, one));
  }
}

function models() {
  if (options.models !== undefined) return options.models.split(',');
  const real = join(root, '..', 'shared', 'real', 'models');
  const names = ['vit-cifar10', 'magika', 'mobilenetv2'];
  if (existsSync(real)) return names.map((name) => join(real, `${name}.onnx`));
  console.log('no real models beside this repository: the fixtures are used');
  return ['glyphs-resnet', 'tokens-transformer', 'tones-lstm'].map((name) =>
    join(root, 'fixtures', `${name}.onnx`),
  );
}

function line(path, label, { rate_per_s: rate, requests, predicted, replayed, measured }) {
  const pair = (key) =>
    `${key} ${predicted[`${key}_ms`].toFixed(2)} / ${measured[`${key}_ms`].toFixed(2)} ms (${percent(predicted[`${key}_ms`], measured[`${key}_ms`])}; own times ${percent(replayed[`${key}_ms`], measured[`${key}_ms`])})`;
  return `${short(path)}  ${label}  ${rate.toFixed(1)}/s  ${requests} requests  ${pair('p50')}  ${pair('p99')}`;
}

function percent(predicted, measured) {
  const off = (predicted / measured - 1) * 100;
  return `${off >= 0 ? '+' : ''}${off.toFixed(1)}%`;
}

function short(path) {
  return path.split('/').at(-1).replace('.onnx', '');
}
