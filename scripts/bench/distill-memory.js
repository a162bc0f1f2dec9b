/**
 * What distilling really needs at most under limits for a step (`--memory`): the largest resident size of a process
 * that trains for a few steps, against what was planned.
 *
 *   npm run build && node scripts/bench/distill-memory.js MODEL DATASET [--batch 128] [--limits 600,150,40]
 *
 * Limits in MB. The model is its own teacher; a process that does the same with a batch of one is what all need.
 * Prints Markdown, and ends with 1 where a limit is not kept.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { distill } from '../../dist/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    batch: { type: 'string', default: '128' },
    limits: { type: 'string', default: '600,150,40' },
    // For the processes that this one starts.
    measure: { type: 'string' },
  },
});
const [model, data] = positionals;
if (model === undefined || data === undefined) {
  console.error('usage: node scripts/bench/distill-memory.js MODEL DATASET [--batch N] [--limits MB,MB]');
  process.exit(2);
}
const samples = 256;

/** Trains for an epoch in this process and says what it took. */
async function train(/** @type {number} */ batch, /** @type {number} */ limit) {
  const folder = mkdtempSync(join(tmpdir(), 'distill-memory-'));
  try {
    const { training } = await distill({
      student: model,
      teacher: model,
      output: join(folder, 'out.onnx'),
      data,
      dataset: { split: { calibrate: samples, evaluate: 1 } },
      batch,
      epochs: 1,
      memoryBytes: limit * 1e6,
    });
    const { maxRSS } = process.resourceUsage();
    return { parts: training.parts, planned: training.memory_bytes / 1e6, peak: (maxRSS * 1024) / 1e6 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same in a process of its own. */
function measured(/** @type {number} */ batch, /** @type {number} */ limit) {
  const own = [fileURLToPath(import.meta.url), model, data, '--measure', `${batch},${limit}`];
  return JSON.parse(execFileSync(process.execPath, own, { encoding: 'utf8' }));
}

if (values.measure !== undefined) {
  const [batch, limit] = values.measure.split(',').map(Number);
  console.log(JSON.stringify(await train(batch, limit)));
} else {
  const batch = Number(values.batch);
  const base = measured(1, 1e6);
  console.log('| batch | limit MB | parts | planned MB | largest resident MB | more than with one sample |');
  console.log('|---|---|---|---|---|---|');
  const rows = [{ batch: 1, limit: '', found: base }];
  for (const limit of values.limits.split(',')) {
    rows.push({ batch, limit, found: measured(batch, Number(limit)) });
  }
  for (const { batch: size, limit, found } of rows) {
    if (limit !== '' && found.peak - base.peak > Number(limit)) process.exitCode = 1;
    const cells = [size, limit, found.parts, found.planned.toFixed(0), found.peak.toFixed(0)];
    console.log(`| ${[...cells, (found.peak - base.peak).toFixed(0)].join(' | ')} |`);
  }
}
