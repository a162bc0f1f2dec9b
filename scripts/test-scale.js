// `npm run test:scale [-- --folder DIR] [--model NAME] [JOB...]`: models of more than 2 GB through every command that
// must not hold them in memory. Prints time and the most memory that the process and its children had together, and
// ends with 1 where one takes more than 1.5 GB, more than its limit of time, or its numbers are wrong. Needs about
// 20 GB of disk, as much for temporary files, and Linux. `--results FILE` adds each line to a file as it is measured.
import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { largeModels, writeLargeModel } from './scale-models/large.js';
import { ensureInstalled, root } from './setup.js';
import { watchedRun } from './watched-run.js';

ensureInstalled();
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    folder: { type: 'string', default: join(root, '.cache', 'large-models') },
    model: { type: 'string' },
    results: { type: 'string' },
  },
});
const { checkNumbers } = await import('./scale-models/check-numbers.js');
const mostMegabytes = 1536;
const mostSeconds = 900;
const command = join(root, 'bin', 'infer-opt.js');
const folder = values.folder;
const out = join(folder, 'out');
const output = join(out, 'out.onnx');

const quantize = (model, ...words) => ['quantize', model, '-o', output, ...words, '--no-measure'];
/** Each with the least ratio of signal to noise that its products must have, in dB, where it changes numbers. */
const jobs = {
  inspect: { words: (model) => ['inspect', model, '--json'] },
  fuse: { words: (model) => ['fuse', model, '-o', output], least: 120 },
  weights8: { words: (model) => quantize(model, '--mode', 'weights'), least: 35 },
  weights4: { words: (model) => quantize(model, '--mode', 'weights', '--bits', '4'), least: 17 },
  dynamic: { words: (model) => quantize(model, '--mode', 'dynamic'), least: 30 },
  fp16: { words: (model) => quantize(model, '--mode', 'fp16'), least: 55 },
  prune: {
    words: (model) => [
      ...['prune', model, '-o', output],
      ...['--scheme', 'magnitude', '--ratio', '0.5', '--no-repair', '--no-measure'],
    ],
    // Half of the normal numbers, the smaller ones, hold 7% of the sum of squares.
    least: 9,
  },
  package: {
    words: (model) => ['package', model, '-o', join(out, 'repository'), '--name', 'large', '--no-check'],
  },
};

mkdirSync(folder, { recursive: true });
let failed = 0;
for (const shape of largeModels) {
  if (values.model !== undefined && values.model !== shape.name) continue;
  const model = join(folder, `${shape.name}.onnx`);
  if (!existsSync(model)) writeLargeModel(folder, shape);
  for (const [name, job] of Object.entries(jobs)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out, { recursive: true });
    const { code, seconds, megabytes, stderr, stopped } = await watchedRun(
      process.execPath,
      [command, ...job.words(model), '--quiet'],
      // Far over the limit it only takes the memory from others.
      { seconds: mostSeconds, megabytes: 2.5 * mostMegabytes },
    );
    const bytes = written(out);
    const numbers = code === 0 && job.least !== undefined ? await judged(model, shape, job.least) : undefined;
    const good = code === 0 && megabytes <= mostMegabytes && numbers?.good !== false;
    if (!good) failed++;
    const line =
      `${shape.name.padEnd(13)} ${name.padEnd(9)} exit ${code}${stopped ? ` (over the limit of ${stopped})` : ''}, ` +
      `${seconds.toFixed(0)} s, ${megabytes.toFixed(0)} MB at most, ${(bytes / 1e9).toFixed(2)} GB written` +
      `${numbers === undefined ? '' : `, ${numbers.text}`}${good ? '' : '  <- not good'}`;
    console.log(line);
    if (values.results !== undefined) appendFileSync(values.results, `${line}\n`);
    if (code !== 0) console.log(`  ${stderr.slice(0, 600).trim().replaceAll('\n', '\n  ')}`);
  }
}
rmSync(out, { recursive: true, force: true });
process.exitCode = failed === 0 ? 0 : 1;

async function judged(model, shape, least) {
  try {
    const found = await checkNumbers(model, output, shape);
    const text = `${found.compared} products, ${found.least.toFixed(1)} dB at least`;
    return { good: found.least >= least, text };
  } catch (error) {
    return { good: false, text: `numbers not compared: ${String(error)}` };
  }
}

function written(path) {
  if (!existsSync(path)) return 0;
  return readdirSync(path, { recursive: true })
    .map((name) => statSync(join(path, String(name))))
    .reduce((sum, status) => sum + (status.isFile() ? status.size : 0), 0);
}
