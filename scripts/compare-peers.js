/**
 * `npm run compare-peers [-- --models A,B] [--samples N] [--time T] [--docs FILE]`: infer-opt and the tools of others on the
 * same labelled models and the same samples, each in a process of its own. For each: whether it worked and why not,
 * time, most memory, size, then latency against the original and accuracy with its interval, all from one
 * `infer-opt bench`. The Python packages go into .cache/peers-venv, which can be thrown away at any time.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { exportSamples, openCalibration } from './bench/samples.js';
import { ensureInstalled, root } from './setup.js';

ensureInstalled();
const { values: options } = parseArgs({
  options: {
    models: {
      type: 'string',
      default:
        'squeezenet1.1,mobilenetv2,resnet20-cifar10,vit-cifar10,mnist-8,mnist-cnn-pytorch,mnist-mlp-256x4,magika',
    },
    samples: { type: 'string', default: '100' },
    time: { type: 'string', default: '20s' },
    docs: { type: 'string' },
  },
});
const real = path.join(root, '..', 'shared', 'real');
const packages = [
  ...[`onnxruntime==${ownRuntime()}`, 'onnx', 'numpy', 'sympy', 'onnxsim', 'onnxslim', 'onnxscript'],
  ...['onnxconverter-common', 'neural-compressor'],
];
const peers = [
  ...['onnxruntime static, min-max', 'onnxruntime static, entropy', 'onnxruntime static, percentile'],
  ...['onnxruntime static, distribution', 'onnxruntime dynamic', 'onnxconverter-common float16'],
  ...['onnxsim', 'onnxslim', 'onnxscript', 'neural-compressor'],
];
const own = {
  'infer-opt quantize': ['quantize'],
  'infer-opt quantize, static': ['quantize', '--mode', 'static', '--no-measure'],
  'infer-opt quantize, dynamic': ['quantize', '--mode', 'dynamic', '--no-measure'],
  'infer-opt quantize, fp16': ['quantize', '--mode', 'fp16', '--no-measure'],
  'infer-opt fuse': ['fuse', '--level', 'full'],
};

const folder = mkdtempSync(path.join(tmpdir(), 'infer-opt-peers-'));
try {
  const { python, versions } = preparePeers();
  const parts = [];
  for (const name of options.models.split(',')) {
    const model = path.join(real, 'models', `${name}.onnx`);
    const data = path.join(real, 'datasets', `${name}.yaml`);
    if (!existsSync(model)) throw new Error(`${model} is not there`);
    parts.push(...(await compare(name, model, data, python)));
    process.stderr.write(`${name}: done\n`);
  }
  const text = [...header(versions), ...parts].join('\n');
  if (options.docs === undefined) process.stdout.write(`${text}\n`);
  else writeFileSync(options.docs, `${text}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function ownRuntime() {
  const file = path.join(root, 'node_modules/onnxruntime-node/package.json');
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

/** Each package by itself: one that does not install here is a result, and must not keep the others away. */
function preparePeers() {
  const venv = path.join(root, '.cache', 'peers-venv');
  const python = path.join(venv, 'bin', 'python');
  if (!existsSync(python)) {
    mkdirSync(path.dirname(venv), { recursive: true });
    spawnSync('python3', ['-m', 'venv', venv], { stdio: 'inherit' });
    for (const one of packages)
      spawnSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', one], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
  }
  const listed = spawnSync(python, ['-m', 'pip', 'list', '--format=json', '--disable-pip-version-check']);
  const installed = new Map(JSON.parse(listed.stdout.toString()).map(({ name, version }) => [name, version]));
  const versions = packages.map((one) => {
    const name = one.replace(/==.*/, '');
    return `${name} ${installed.get(name) ?? installed.get(name.replaceAll('-', '_')) ?? '(does not install here)'}`;
  });
  return { python, versions };
}

async function compare(name, model, data, python) {
  const samples = path.join(folder, `${name}-samples`);
  mkdirSync(samples);
  const exported = await exportSamples(await openCalibration(model, data, Number(options.samples)), samples);
  const made = [];
  for (const tool of peers) {
    const output = path.join(folder, `${name}-${made.length}.onnx`);
    const { stdout } = spawnSync(python, [path.join(root, 'scripts', 'peers', 'peer.py')], {
      input: JSON.stringify({ tool, model, output, samples: exported }),
      maxBuffer: 2 ** 26,
      timeout: 600_000,
    });
    const last = stdout.toString().trim().split('\n').at(-1);
    made.push({
      tool,
      output,
      ...(last ? JSON.parse(last) : { failure: 'it died, or took over 10 minutes' }),
    });
  }
  for (const [tool, words] of Object.entries(own)) {
    const output = path.join(folder, `${name}-${made.length}.onnx`);
    made.push({
      tool,
      output,
      ...runOwn([words[0], model, '-o', output, '--data', data, ...words.slice(1)]),
    });
  }
  const good = made.filter(({ failure, output }) => failure === undefined && existsSync(output));
  const measured = bench(
    model,
    data,
    good.map(({ output }) => output),
  );
  return ['', `## ${name}`, '', ...table(made, measured, statSync(model).size)];
}

/** One of our commands, its time and memory as the system counts them. */
function runOwn(words) {
  const program = [
    process.execPath,
    path.join(root, 'bin', 'infer-opt.js'),
    ...words,
    '--samples',
    options.samples,
    '--quiet',
  ];
  const code =
    'import resource, subprocess, sys, time, json\n' +
    'begin = time.perf_counter()\n' +
    'done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)\n' +
    'peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024\n' +
    'print(json.dumps(dict(seconds=time.perf_counter() - begin, megabytes=peak, code=done.returncode, err=done.stderr)))';
  const { stdout } = spawnSync('python3', ['-c', code, ...program], { maxBuffer: 2 ** 26 });
  const { seconds, megabytes, code: status, err } = JSON.parse(stdout.toString());
  return { seconds, megabytes, ...(status === 0 ? {} : { failure: err.split('\n')[0].slice(0, 160) }) };
}

function bench(model, data, candidates) {
  const words = ['bench', model, ...candidates, '--data', data, '--time', options.time, '--json', '--quiet'];
  const { stdout } = spawnSync(process.execPath, [path.join(root, 'bin', 'infer-opt.js'), ...words], {
    maxBuffer: 2 ** 28,
  });
  return JSON.parse(stdout.toString());
}

function table(made, measured, originalBytes) {
  const rows = made.map(({ tool, output, failure, seconds, megabytes }) => {
    const found = measured.artifacts.find((one) => path.resolve(one.path) === output);
    const cost = `${seconds?.toFixed(1) ?? ''} | ${megabytes?.toFixed(0) ?? ''}`;
    if (failure !== undefined) return `| ${tool} | ${failure.replaceAll('|', '/')} | ${cost} | | | |`;
    const size = `${(statSync(output).size / originalBytes).toFixed(2)}x`;
    const speedup = found?.versus_baseline?.speedup;
    if (speedup == null) return `| ${tool} | the runtime does not open or run it | ${cost} | ${size} | | |`;
    const drop = found.versus_baseline.drop?.top1;
    const interval = (value, digits) =>
      `${value.value.toFixed(digits)} (${value.ci95?.map((end) => end.toFixed(digits)).join(' to ') ?? '?'})`;
    return `| ${tool} | yes | ${cost} | ${size} | ${interval(speedup, 2)} | ${drop == null ? '' : interval(drop, 4)} |`;
  });
  return [
    '| tool | worked | seconds | MB | size | latency, times as fast | top-1 drop |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ];
}

function header(versions) {
  const cpu = /model name\s*:\s*(.*)/.exec(
    existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '',
  )?.[1];
  return [
    '# Beside other tools',
    '',
    `Written by \`npm run compare-peers\` on ${new Date().toISOString().slice(0, 10)}: ${cpu ?? 'an unknown CPU'}, Node ${process.versions.node},`,
    `${versions.join(', ')}.`,
    `${options.samples} samples for calibration, the same for all; each tool has its defaults, quantizers of others per channel, U8S8.`,
    'Latency and accuracy of all artifacts of a model come from one `infer-opt bench`, with 95% intervals; a drop below 0 is a gain.',
    'Seconds and memory are those of one whole process, start included for ours and apart from the interpreter for others.',
  ];
}
