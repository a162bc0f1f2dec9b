// Takes ranges of cases and tries each: { mode: 'reader' | 'job', seed, from, to }. Says before each case which one it
// is, so that a case that ends the process, or hangs, is known.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers';
import { fuseModel } from '../../dist/fuse/fuse.js';
import { verifyModel } from '../../dist/ir/verify.js';
import { sortTopologically } from '../../dist/ir/order.js';
import { decodeModel } from '../../dist/onnx/read.js';
import { encodeModel } from '../../dist/onnx/write.js';
import { pruneModel } from '../../dist/prune/prune.js';
import { quantizeModel } from '../../dist/quantize/quantize.js';
import { inspect } from '../../dist/index.js';
import { findSeeds, makeCase } from './cases.js';

const [folders] = process.argv.slice(2);
const seeds = findSeeds(JSON.parse(folders ?? '[]'));
const folder = mkdtempSync(path.join(tmpdir(), 'infer-opt-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Codes of errors that say that the file is at fault; anything else is a fault of ours. */
const allowed = ['model', 'data', 'usage', 'environment'];

const tries = {
  reader(bytes) {
    const model = decodeModel(bytes, folder);
    for (const graph of [...model.graphs()]) sortTopologically(graph);
    verifyModel(model);
    encodeModel(model);
  },
  async job(bytes, index) {
    const model = path.join(folder, 'model.onnx');
    writeFileSync(model, bytes);
    const output = path.join(folder, 'out.onnx');
    const dataset = { samples: 2 };
    const quick = { model, output, dataset, measure: false, target: 'x86' };
    const jobs = [
      () => quantizeModel({ ...quick, mode: 'static' }),
      () => quantizeModel({ ...quick, mode: 'dynamic' }),
      () => quantizeModel({ ...quick, mode: 'weights' }),
      () => quantizeModel({ ...quick, mode: 'fp16' }),
      () => fuseModel({ model, output, level: 'full', dataset }),
      () => pruneModel({ ...quick, scheme: 'magnitude', ratio: 0.5 }),
      () => pruneModel({ ...quick, scheme: 'channel', ratio: 0.2, repair: false }),
      () => inspect({ model, target: 'x86' }),
    ];
    await jobs[index % jobs.length]();
  },
};

process.on('message', async ({ mode, seed, from, to }) => {
  for (let index = from; index < to; index++) {
    const { bytes, what } = makeCase(seeds, seed, index);
    process.send({ begin: index, what, bytes: bytes.length });
    resetPeak();
    const base = peakMegabytes();
    const start = performance.now();
    let outcome = 'fine';
    let detail = '';
    try {
      await tries[mode](bytes, index);
    } catch (error) {
      if (allowed.includes(error?.code) && error.constructor.name === 'InferOptError') outcome = 'refused';
      else {
        outcome = 'bug';
        detail = error?.stack ?? String(error);
      }
    }
    const peak = peakMegabytes();
    process.send({ end: index, outcome, detail, milliseconds: performance.now() - start, peak, base });
    // Lets the messages out and what was promised end.
    await new Promise((resolve) => setImmediate(resolve));
  }
  process.send({ done: true });
});
process.send({ ready: seeds.length });

function resetPeak() {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Not Linux, or not allowed: the peak is then that of all cases so far.
  }
}

function peakMegabytes() {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
    return Number(kilobytes) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}
