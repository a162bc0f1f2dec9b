// `npm run test:server`: starts MLServer, a KServe v2 server that nobody here wrote, with models that call onnxruntime
// (onnx_model.py), and measures them with `infer-opt bench --server` over HTTP and gRPC: outputs equal to local ones,
// load in closed and open loop, gates, reports, and a named verdict for a server that is slow, dies, errs or hangs.
// Needs python3 and, at the first run, PyPI.
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt, root } from '../setup.js';
import { pythonWith } from '../triton/environment.js';

const command = join(root, 'bin', 'infer-opt.js');
const here = dirname(fileURLToPath(import.meta.url));
const startsWithinMs = 60_000;

ensureBuilt({ acceptErrors: true });
const environment = join(root, '.cache', 'server');
const python = pythonWith(environment, ['mlserver', 'onnxruntime'], 'import mlserver, onnxruntime');
const folder = mkdtempSync(join(tmpdir(), 'infer-opt-server-'));
/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
let sound = true;
try {
  await check();
  process.exitCode = sound ? 0 : 1;
} finally {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

async function check() {
  const models = [];
  const real = join(root, '..', 'shared', 'real');
  for (const name of ['glyphs-resnet', 'tokens-transformer'])
    models.push({
      path: join(root, 'fixtures', `${name}.onnx`),
      data: join(root, 'fixtures', `${name}.yaml`),
    });
  if (existsSync(real))
    for (const name of ['vit-cifar10', 'mobilenetv2'])
      models.push({
        path: join(real, 'models', `${name}.onnx`),
        data: join(real, 'datasets', `${name}.yaml`),
      });
  else console.log('skipped: no real models beside this repository');
  const server = await start(models, {});
  for (const model of models) {
    for (const protocol of ['http', 'grpc']) {
      const gates = ['top1.drop <= 0', 'agreement >= 1', 'max_abs <= 0.001', 'latency.p50 <= 10s'];
      const { status, result } = bench(model, server, protocol, ['--samples', '60', '--time', '3s'], gates);
      const served = result?.artifacts.at(-1);
      expect(
        `${basename(model.path)} over ${protocol}: the same answers`,
        status === 0 && result.verdict === 'pass' && served.outputs.agreement === 1,
        `exit ${status}, largest difference ${served?.outputs?.max_abs}, ${served?.served?.encoding}, ` +
          `p50 ${served?.latency_ms?.p50.toFixed(2)} ms against ${result?.artifacts[0].latency_ms.p50.toFixed(2)} ms here`,
      );
      const reports =
        result === undefined ? [] : ['html', 'junit', 'md'].map((format) => report(result, format));
      expect(
        `${basename(model.path)} over ${protocol}: reports`,
        reports.every(Boolean) && reports.length === 3,
      );
    }
  }
  const [model] = models;
  for (const protocol of ['http', 'grpc']) {
    const closed = bench(model, server, protocol, ['--concurrency', '4', '--samples', '20', '--time', '3s']);
    const rate = closed.result?.artifacts.at(-1).throughput_per_s;
    expect(
      `closed loop over ${protocol}, four in flight`,
      closed.status === 0 && rate > 0,
      `${rate?.toFixed(0)}/s`,
    );
    const slo = ['--scenario', 'server', '--slo', 'p90 <= 50ms', '--samples', '20', '--time', '10s'];
    const opened = bench(model, server, protocol, slo, ['server.rate >= 1/s']);
    const found = opened.result?.artifacts.at(-1).server?.highest_rate_per_s;
    expect(
      `open loop over ${protocol}, p90 <= 50 ms`,
      opened.status === 0 && found?.value > 0,
      `${found?.value.toFixed(0)}/s, ${found?.ci95[1].toFixed(0)}/s was too much`,
    );
  }
  await stop(server);
  const faults = [
    ['is slow', { DELAY_MS: '60' }, 'latency.p50 <= 30ms', null, 'fail'],
    ['answers errors', { FAIL_AFTER: '25' }, 'latency.p50 <= 10s', 'error', 'not-measured'],
    ['dies', { EXIT_AFTER: '60' }, 'latency.p50 <= 10s', 'died', 'not-measured'],
    ['hangs', { DELAY_MS: '600000' }, 'latency.p50 <= 10s', 'timeout', 'not-measured'],
  ];
  for (const [what, env, gate, failure, verdict] of faults) {
    for (const protocol of ['http', 'grpc']) {
      const faulty = await start([model], env);
      const words = ['--samples', '20', '--time', '3s'];
      const { status, result } = bench(model, faulty, protocol, words, [gate], [model.path]);
      const [, local, served] = result?.artifacts ?? [];
      expect(
        `a server that ${what}, over ${protocol}: ${failure ?? verdict}`,
        status === 1 &&
          served.failure === failure &&
          result.gates.at(-1).verdict === verdict &&
          local.latency_ms !== null,
        served?.error ?? `p50 ${served?.latency_ms?.p50.toFixed(1)} ms`,
      );
      await stop(faulty);
    }
  }
}

/** Runs the command line and reads its result. */
function bench(model, server, protocol, words, gates = [], candidates = []) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      command,
      ...['bench', model.path, ...candidates, '--data', model.data, '--server', server[protocol]],
      ...['--protocol', protocol, '--json', '--quiet', ...words],
      ...gates.flatMap((gate) => ['--gate', gate]),
    ],
    { encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  if (stdout === '') console.log(stderr);
  return { status, result: stdout === '' ? undefined : JSON.parse(stdout) };
}

function report(result, format) {
  const file = join(folder, 'result.json');
  writeFileSync(file, JSON.stringify(result));
  const { status, stdout } = spawnSync(process.execPath, [command, 'report', file, '--to', format], {
    encoding: 'utf8',
  });
  return (
    status === 0 && stdout.includes('/v2/models/') === (result.artifacts.at(-1).served.protocol === 'http')
  );
}

function expect(what, holds, detail = '') {
  console.log(`${holds ? 'ok  ' : 'BAD '} ${what}${detail === '' ? '' : ` (${detail})`}`);
  sound &&= holds;
}

/** Starts MLServer with these models and waits until it is ready. */
async function start(models, env) {
  const home = mkdtempSync(join(folder, 'models-'));
  const [http, grpc, metrics] = await Promise.all([freePort(), freePort(), freePort()]);
  const settings = { host: '127.0.0.1', http_port: http, grpc_port: grpc, metrics_port: metrics };
  writeFileSync(
    join(home, 'settings.json'),
    JSON.stringify({ ...settings, parallel_workers: 0, debug: false }),
  );
  for (const { path } of models) {
    const name = basename(path, '.onnx');
    const { inputs, outputs } = describe(path);
    mkdirSync(join(home, name));
    writeFileSync(
      join(home, name, 'model-settings.json'),
      JSON.stringify({
        name,
        implementation: 'onnx_model.OnnxModel',
        parameters: { uri: path },
        inputs,
        outputs,
      }),
    );
  }
  const log = join(home, 'log');
  const child = spawn(join(dirname(python), 'mlserver'), ['start', home], {
    env: { ...process.env, PYTHONPATH: here, ...env },
    stdio: ['ignore', openSync(log, 'w'), openSync(log, 'a')],
  });
  running.add(child);
  const server = { child, http: `http://127.0.0.1:${http}`, grpc: `127.0.0.1:${grpc}` };
  for (const until = Date.now() + startsWithinMs; Date.now() < until;) {
    const ready = await globalThis.fetch(`${server.http}/v2/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return server;
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`MLServer did not start:\n${readFileSync(log, 'utf8').slice(-2000)}`);
}

async function stop({ child }) {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }
  running.delete(child);
}

/** What MLServer has to be told of a model: `float32[batch,3,32,32]` in the protocol's words. */
function describe(path) {
  const { stdout } = spawnSync(process.execPath, [command, 'inspect', path, '--json', '--quiet'], {
    encoding: 'utf8',
  });
  const names = { float: 'FP', int: 'INT', uint: 'UINT' };
  const tensors = (list) =>
    list.map(({ name, type }) => {
      const [, kind, bits, dims] = /^(float|u?int)(\d+)\[(.*)\]$/.exec(type);
      const shape = dims.split(',').map((dim) => (/^\d+$/.test(dim.trim()) ? Number(dim) : -1));
      return { name, datatype: `${names[kind]}${bits}`, shape };
    });
  const { inputs, outputs } = JSON.parse(stdout);
  return { inputs: tensors(inputs), outputs: tensors(outputs) };
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
