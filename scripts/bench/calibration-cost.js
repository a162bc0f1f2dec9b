/**
 * What calibration costs on squeezenet1.1, for every method of choosing ranges and for 100 and 400 pictures: its time
 * against plainly running the original model on the same preprocessed samples, and the peak memory of a process that
 * decodes, prepares and calibrates.
 *
 *   npm run bench:calibration -- [--json FILE] [--rounds N]
 *
 * Both are measured in processes of their own, on one thread; the times of a round in turns. The median ratio of the
 * rounds is judged, by processor time: the clock, which is printed too, counts what others do on a busy machine as well.
 * Memory is the median of three processes. Exit status 1 when a limit is exceeded.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureInstalled } from '../setup.js';
import { cases, root } from './quantization-cases.js';
import { median, table } from './table.js';

const limits = {
  /** Against plainly running the samples. */
  time: 4,
  megabytes: 500,
  /**
   * Peak memory at the larger count against the smaller one. Pictures are decoded on four threads, whose allocations
   * the C library keeps apart: that takes some hundred pictures to settle (with MALLOC_ARENA_MAX=1 nothing grows).
   */
  growth: 1.1,
};
const counts = [100, 400];

const { values: options } = parseArgs({
  options: { json: { type: 'string' }, rounds: { type: 'string', default: '5' } },
});
const rounds = Number(options.rounds);
ensureInstalled();
const { rangeMethods } = await import('../../dist/calibrate/methods/list.js');
const methods = rangeMethods.map((/** @type {{ name: string }} */ { name }) => name);
const child = fileURLToPath(new URL('./calibration-cost-child.js', import.meta.url));
const squeezenet = cases.find(({ name }) => name === 'squeezenet1.1');
if (!existsSync(squeezenet?.model ?? '')) {
  process.stdout.write(`skipped: ${path.relative(root, squeezenet?.model ?? '')} is absent\n`);
} else {
  measure();
}

function measure() {
  const results = counts.map((count) => ({ count, methods: measureCount(count) }));
  const heads = [
    'method',
    ...counts.flatMap((count) => [`time at ${count}`, '[least, most]', 'by the clock', `peak at ${count}`]),
    'growth',
    '',
  ];
  const rows = methods.map((/** @type {string} */ method) => {
    const found = results.map(({ methods: list }) => list.find((one) => one.method === method));
    const [small, large] = found.map((one) => one?.megabytes ?? NaN);
    const growth = large / small;
    const met =
      growth <= limits.growth &&
      found.every((one) => one && one.ratio <= limits.time && one.megabytes <= limits.megabytes);
    return {
      met,
      cells: [
        method,
        ...found.flatMap((one) => [
          `${one?.ratio.toFixed(2)}x`,
          `[${one?.ratios.map((ratio) => ratio.toFixed(2)).join(', ')}]`,
          `${one?.clockRatio.toFixed(2)}x`,
          `${one?.megabytes.toFixed(0)} MB`,
        ]),
        `${growth.toFixed(2)}x`,
        met ? 'met' : 'NOT MET',
      ],
    };
  });
  const plain = results.map(({ count, methods: [first] }) => `${first?.plainMs.toFixed(0)} ms for ${count}`);
  process.stdout.write(`squeezenet1.1; the samples plainly run: ${plain.join(', ')}\n`);
  process.stdout.write(
    `${table(
      heads,
      rows.map(({ cells }) => cells),
    )}\n`,
  );
  const missed = rows.filter(({ met }) => !met).length;
  process.stdout.write(
    `verdict: ${missed === 0 ? 'met' : 'NOT MET'} (at most ${limits.time}x of plainly running, ${limits.megabytes} MB, ` +
      `and no more memory at ${counts[1]} than at ${counts[0]})\n`,
  );
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify({ limits, results }, null, 1));
  process.exitCode = missed === 0 ? 0 : 1;
}

/** @param {number} count */
function measureCount(count) {
  process.stderr.write(`${count} pictures: time\n`);
  const times = ask({ what: 'time', count, methods, rounds });
  return methods.map((/** @type {string} */ method) => {
    process.stderr.write(`${count} pictures: memory of ${method}\n`);
    const ratiosOf = (/** @type {'processor' | 'wall'} */ clock) =>
      times.map((/** @type {any} */ round) => round[method][clock] / round.plain[clock]);
    const ratios = ratiosOf('processor');
    const peaks = Array.from(
      { length: 3 },
      () => ask({ what: 'memory', count, methods: [method] }).peakBytes,
    );
    return {
      method,
      ratio: median(ratios),
      ratios: [Math.min(...ratios), Math.max(...ratios)],
      clockRatio: median(ratiosOf('wall')),
      plainMs: median(times.map((/** @type {any} */ { plain }) => plain.processor)),
      megabytes: median(peaks) / 1e6,
    };
  });
}

/** @param {object} job @returns {any} */
function ask(job) {
  // Processor time counts every thread: the garbage collector's helpers would wait for each other at our expense.
  const words = [
    '--single-threaded-gc',
    child,
    JSON.stringify({ ...job, model: squeezenet?.model, data: squeezenet?.data }),
  ];
  return JSON.parse(
    execFileSync(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] }).toString(),
  );
}
