// The server scenario against queueing theory: a model that takes a fixed time, as its runs are padded to it, is searched
// for the rate that it carries within a limit, and theory (M/D/1: one server, arrivals at random, equal service times)
// tells what it should be. Needs a machine that does nothing else.
//   node scripts/bench/server-theory.js [--model FILE] [--service 12] [--seconds 180] [--slo 'p90 <= 36ms']
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runBench } from '../../dist/bench/bench.js';
import { openDataset } from '../../dist/data/dataset.js';
import { parseSlo } from '../../dist/serve/plan/objective.js';
import { meanWaitMD1, waitQuantileMD1 } from '../../dist/serve/plan/queueing-theory.js';
import { root } from '../setup.js';

const real = join(root, '..', 'shared', 'real', 'models', 'magika.onnx');
const { values } = parseArgs({
  options: {
    model: {
      type: 'string',
      default: existsSync(real) ? real : join(root, 'fixtures', 'glyphs-resnet.onnx'),
    },
    service: { type: 'string', default: '12' },
    seconds: { type: 'string', default: '180' },
    slo: { type: 'string', default: 'p90 <= 36ms' },
  },
});
const allowed = 0.1;
const limit = parseSlo(values.slo);
const folder = mkdtempSync(join(tmpdir(), 'infer-opt-theory-'));
process.env.NODE_OPTIONS = `--require ${resolve(root, 'scripts/bench/padded-model.cjs')}`;
process.env.PADDED_MS = values.service;
try {
  const padded = join(folder, 'padded-model.onnx');
  copyFileSync(values.model, padded);
  const result = await runBench({
    baseline: padded,
    candidates: [],
    openDataset: (inputs) => openDataset(undefined, inputs, { split: { evaluate: 16 } }),
    scenario: 'server',
    limit,
    timeMs: Number(values.seconds) * 1000,
  });
  const [{ latency_ms: latency, server }] = result.artifacts;
  for (const { rate_per_s: rate, tail, requests, met } of server.trials) {
    const expected = figure(rate / 1000, latency.p50);
    console.log(
      `  ${rate.toFixed(1)}/s: ${limit.metric} ${tail.toFixed(1)} ms of ${requests} requests (theory ${expected.toFixed(1)} ms)${met ? ', met' : ''}`,
    );
  }
  const found = server.highest_rate_per_s.value;
  const expected = rateInTheory(latency.p50);
  const off = found / expected - 1;
  console.log(
    `service ${latency.p50.toFixed(2)} ms (p99 ${latency.p99?.toFixed(2)}), ${values.slo}: found ${found.toFixed(1)}/s, M/D/1 ${expected.toFixed(1)}/s, ${(off * 100).toFixed(1)}%`,
  );
  if (Math.abs(off) > allowed) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The figure of the latency, waiting included, at a rate a millisecond. */
function figure(rate, service) {
  if (rate * service >= 1) return Infinity;
  if (limit.metric === 'mean') return service + meanWaitMD1(rate, service);
  return service + waitQuantileMD1(rate, service, Number(limit.metric.slice(1)) / 100);
}

function rateInTheory(service) {
  let [low, high] = [0, 1 / service];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (figure(middle, service) <= limit.limitMs) low = middle;
    else high = middle;
  }
  return low * 1000;
}
