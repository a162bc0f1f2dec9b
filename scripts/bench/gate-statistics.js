// Does a pass mean pass, and a fail mean fail? Measures a model against itself, and against a tenth slower one, many
// times under load, and counts verdicts; then judges accuracy drops of known size.
//   node scripts/bench/gate-statistics.js [--model FILE] [--runs 40] [--power-runs 20] [--time 5000]
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runBench } from '../../dist/bench/bench.js';
import { dropOf } from '../../dist/bench/drops.js';
import { recordedNumber } from '../../dist/bench/gate-numbers.js';
import { top1 } from '../../dist/bench/metrics/top1.js';
import { openDataset } from '../../dist/data/dataset.js';
import { judge } from '../../dist/gates/judge.js';
import { parseGate } from '../../dist/gates/parse.js';
import { root } from '../setup.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: join(root, 'fixtures', 'glyphs-resnet.onnx') },
    runs: { type: 'string', default: '40' },
    'power-runs': { type: 'string', default: '20' },
    time: { type: 'string', default: '5000' },
  },
});

const gate = parseGate('speedup >= 0.97');
const folder = mkdtempSync(join(tmpdir(), 'infer-opt-statistics-'));
const slower = join(folder, 'slower-model.onnx');
copyFileSync(values.model, slower);
process.env.NODE_OPTIONS = `--require ${resolve(root, 'scripts/bench/slow-model.cjs')}`;

// Keeps one core busy in bursts, as a neighbour on a shared runner does.
const load = spawn(process.execPath, [
  '--eval',
  'const burst = () => { const end = Date.now() + Math.random() * 300; while (Date.now() < end); setTimeout(burst, Math.random() * 100); }; burst();',
]);
try {
  const same = await repeated(Number(values.runs), values.model);
  const covers = same.filter(({ ci95 }) => ci95 !== null && ci95[0] <= 1 && ci95[1] >= 1).length;
  console.log(`the same model: ${counted(same)}; the interval covers 1 in ${covers} of ${same.length}`);
  console.log(`a tenth slower: ${counted(await repeated(Number(values['power-runs']), slower))}`);
  for (const wrong of [30, 3]) console.log(`${wrong} of 1500 answers lost: ${counted(accuracyDrops(wrong))}`);
} finally {
  load.kill();
  rmSync(folder, { recursive: true, force: true });
}

async function repeated(runs, candidate) {
  const found = [];
  for (let seed = 1; seed <= runs; seed++) {
    const result = await runBench({
      baseline: values.model,
      candidates: [candidate],
      openDataset: (inputs) => openDataset(undefined, inputs, { split: { evaluate: 4 } }),
      gates: [gate],
      seed,
      timeMs: Number(values.time),
    });
    found.push(result.gates[0]);
    const { actual, ci95, verdict } = result.gates[0];
    console.error(
      `  ${seed}: ${actual.toFixed(3)} (${ci95?.map((end) => end.toFixed(3)).join(' to ')}) ${verdict}`,
    );
  }
  return found;
}

/** Which answers are turned makes no difference; that the baseline has some wrong ones does. */
function accuracyDrops(wrong) {
  const limit = parseGate('top1.drop <= 0.005');
  return [0.6, 0.8, 0.95].map((accuracy) => {
    const baseline = Array.from({ length: 1500 }, (_, i) => i < 1500 * accuracy);
    const candidate = baseline.map((right, i) => right && i >= wrong);
    const drop = dropOf({ metric: top1, kept: baseline }, { metric: top1, kept: candidate }, 1);
    const artifact = { versus_baseline: { drop: { top1: drop } }, accuracy: {}, outputs: null, error: null };
    return judge(limit, recordedNumber(limit, artifact, 1500));
  });
}

function counted(gates) {
  const counts = new Map();
  for (const { verdict } of gates) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  return [...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', ');
}
