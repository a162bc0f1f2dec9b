// Packages every model that there is, in every layout, and checks each configuration against Triton's own schema
// and against the model as another reader sees it. Needs python3 and, at the first run, PyPI.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt, root } from '../setup.js';
import { pythonWith } from './environment.js';

const command = join(root, 'bin', 'infer-opt.js');
const script = fileURLToPath(new URL('./check_configs.py', import.meta.url));

/** Everything that a configuration can hold at once. */
const allFlags = [
  ...['--max-batch', '16', '--window', '1.5ms', '--preferred', '4,16', '--instances', '2'],
  ...['--queue-limit', '64', '--queue-timeout', '50ms', '--versions', 'latest:2', '--response-cache'],
  ...['--rate-limit', 'cores=2', '--threads', '2', '--accelerator', 'tensorrt:precision_mode=FP16'],
  ...['--accelerator', 'openvino', '--gpus', '0,1', '--warm-up', '2'],
];

ensureBuilt({ acceptErrors: true });
// It uses what has just been built.
const { writeLayouts } = await import('./layouts.js');
const python = pythonWith(
  join(root, '.cache', 'triton'),
  ['tritonclient[grpc]', 'protobuf', 'onnx'],
  'import onnx; from tritonclient.grpc import model_config_pb2',
);
const folder = mkdtempSync(join(tmpdir(), 'infer-opt-triton-'));
try {
  process.exitCode = (await run()) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function run() {
  /** @type {string[]} */
  const repositories = [];
  const refused = [];
  for (const { path, flags, repository } of await jobs()) {
    const target = join(folder, repository);
    const { status, stderr } = spawnSync(
      process.execPath,
      [command, 'package', ...path, '-o', target, '--quiet', ...flags],
      { encoding: 'utf8' },
    );
    if (status === 0) repositories.push(target);
    else refused.push({ path: path.join(' '), status, why: stderr.split('\n')[0] });
  }
  const unique = [...new Set(repositories)];
  const answer = execFileSync(python, [script], {
    input: JSON.stringify({ repositories: unique }),
    maxBuffer: 2 ** 28,
    encoding: 'utf8',
  });
  const results = JSON.parse(answer).flat();
  let sound = true;
  for (const { model, findings, mutants, survivors } of results) {
    const missed = survivors.length === 0 ? '' : `; not caught: ${survivors.join(', ')}`;
    console.log(
      `${findings.length === 0 ? 'ok  ' : 'BAD '} ${model}: ${mutants} wrong configurations tried${missed}`,
    );
    for (const finding of findings) console.log(`     ${finding}`);
    sound &&= findings.length === 0 && survivors.length === 0;
  }
  for (const { path, status, why } of refused) {
    console.log(`${status === 2 ? 'no  ' : 'BAD '} ${path}: exit ${status}: ${why}`);
    sound &&= status === 2;
  }
  console.log(`${results.length} configurations, ${refused.length} models refused`);
  return sound;
}

/** What to package, and with what flags. */
async function jobs() {
  const jobs = [];
  const real = join(root, '..', 'shared', 'real', 'models');
  const sets = [join(root, 'fixtures'), ...(existsSync(real) ? [real] : [])];
  if (sets.length === 1) console.log('skipped: no real models beside this repository');
  for (const [index, set] of sets.entries()) {
    for (const name of readdirSync(set).filter((file) => file.endsWith('.onnx'))) {
      jobs.push({ path: [join(set, name)], flags: [], repository: `plain-${index}` });
      jobs.push({
        path: [join(set, name)],
        flags: ['--dynamic-batch', ...allFlags],
        repository: `dynamic-${index}`,
      });
    }
  }
  if (sets.length > 1) {
    const vad = join(real, 'silero-vad.onnx');
    jobs.push({ path: [vad], flags: ['--state', 'stateN=state'], repository: 'real-state' });
  }
  return [...jobs, ...(await writeLayouts(join(folder, 'layouts')))];
}
