// `npm run test:scale [-- --folder DIR] [--model NAME] [JOB...]`: models of more than 2 GB through every command that
// must not hold them in memory. Prints time and the most memory that the process and its children had together, and
// ends with 1 where one takes more than 1.5 GB or its numbers are wrong. Needs about 15 GB of disk and Linux.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { parseArgs } from 'node:util';
import { largeModels, writeLargeModel } from './scale-models/large.js';
import { ensureInstalled, root } from './setup.js';

ensureInstalled();
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    folder: { type: 'string', default: join(root, '.cache', 'large-models') },
    model: { type: 'string' },
  },
});
const mostMegabytes = 1536;
const command = join(root, 'bin', 'infer-opt.js');
const folder = values.folder;
const out = join(folder, 'out');

const quantize = (model, ...words) => [
  'quantize',
  model,
  '-o',
  join(out, 'out.onnx'),
  ...words,
  '--no-measure',
];
const jobs = {
  inspect: (model) => ['inspect', model, '--json'],
  fuse: (model) => ['fuse', model, '-o', join(out, 'out.onnx')],
  weights8: (model) => quantize(model, '--mode', 'weights'),
  weights4: (model) => quantize(model, '--mode', 'weights', '--bits', '4'),
  dynamic: (model) => quantize(model, '--mode', 'dynamic'),
  fp16: (model) => quantize(model, '--mode', 'fp16'),
  prune: (model) => [
    ...['prune', model, '-o', join(out, 'out.onnx')],
    ...['--scheme', 'magnitude', '--ratio', '0.5', '--no-repair', '--no-measure'],
  ],
  package: (model) => ['package', model, '-o', join(out, 'repository'), '--name', 'large', '--no-check'],
};

mkdirSync(folder, { recursive: true });
let failed = 0;
for (const shape of largeModels) {
  if (values.model !== undefined && values.model !== shape.name) continue;
  const model = join(folder, `${shape.name}.onnx`);
  if (!existsSync(model)) writeLargeModel(folder, shape);
  for (const [name, words] of Object.entries(jobs)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out, { recursive: true });
    const { code, seconds, megabytes, stderr } = await run([...words(model), '--quiet']);
    const bytes = written(out);
    const good = code === 0 && megabytes <= mostMegabytes;
    if (!good) failed++;
    console.log(
      `${shape.name.padEnd(13)} ${name.padEnd(9)} exit ${code}, ${seconds.toFixed(0)} s, ${megabytes.toFixed(0)} MB at most, ` +
        `${(bytes / 1e9).toFixed(2)} GB written${good ? '' : '  <- not good'}`,
    );
    if (code !== 0) console.log(`  ${stderr.slice(0, 600).trim().replaceAll('\n', '\n  ')}`);
  }
}
rmSync(out, { recursive: true, force: true });
process.exitCode = failed === 0 ? 0 : 1;

function written(path) {
  if (!existsSync(path)) return 0;
  return readdirSync(path, { recursive: true })
    .map((name) => statSync(join(path, String(name))))
    .reduce((sum, status) => sum + (status.isFile() ? status.size : 0), 0);
}

/** Runs the command and watches it and everything that it starts. */
function run(words) {
  return new Promise((resolve) => {
    const start = performance.now();
    const child = spawn(process.execPath, [command, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    let megabytes = 0;
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr = (stderr + text).slice(0, 4000)));
    const meter = setInterval(() => {
      megabytes = Math.max(megabytes, memoryOfTree(child.pid));
      // Far over the limit it only takes the memory from others.
      if (megabytes > 2.5 * mostMegabytes) child.kill('SIGKILL');
    }, 50);
    child.on('close', (code, signal) => {
      clearInterval(meter);
      resolve({ code: code ?? signal, seconds: (performance.now() - start) / 1000, megabytes, stderr });
    });
  });
}

/** Resident memory of a process and its descendants; pages that they share are counted for each. */
function memoryOfTree(pid) {
  try {
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [0, 0];
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').split(' ').filter(Boolean),
    );
    return Number(kilobytes) / 1024 + children.reduce((sum, one) => sum + memoryOfTree(one), 0);
  } catch {
    return 0; // It has ended.
  }
}
