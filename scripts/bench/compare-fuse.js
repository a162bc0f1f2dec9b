/**
 * `infer-opt fuse` side by side with onnxsim, OnnxSlim and onnxscript's optimizer on the same models: nodes left (bodies counted in) and
 * time, end to end and with the start of the process apart. Each tool runs in a process of its own, one after the other.
 *
 *   npm run build && node scripts/bench/compare-fuse.js [MODEL...]    (the models of ../shared/real/models when none is given)
 *
 *   --opset N       upgrades the models with infer-opt first, so that all tools start from that operator set
 *   --level LEVEL   of infer-opt fuse (basic)
 *   --docs FILE     puts the table between the comparison marks of a Markdown file
 *   --dist FOLDER   the built library (dist)
 *
 * The Python packages go into .cache/fuse-venv, which can be thrown away at any time.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    opset: { type: 'string' },
    level: { type: 'string', default: 'basic' },
    docs: { type: 'string' },
    dist: { type: 'string', default: path.join(root, 'dist') },
  },
});
const names = [
  'ultraface-rfb-320',
  'ocr-rec',
  'ocr-cls',
  'gtcrn-gru',
  'bert-qa-tf-untrained',
  'gpt2-past-untrained',
  'bert-mlm-untrained',
  'vit-cifar10',
  'magika',
  'silero-vad',
  'resnet20-cifar10',
  'mobilenetv2',
];
const peers = ['onnxsim', 'onnxslim', 'onnxscript'];
const given =
  positionals.length > 0
    ? positionals
    : names.map((name) => path.join(root, `../shared/real/models/${name}.onnx`));
const models = given.filter((file) => existsSync(file));
const folder = mkdtempSync(path.join(tmpdir(), 'infer-opt-compare-'));
process.on('exit', () => {
  rmSync(folder, { recursive: true, force: true });
});
const python = preparePeers();

const lines = [
  `| model | nodes | infer-opt | ${peers.join(' | ')} | infer-opt, s | ${peers.map((peer) => `${peer}, s`).join(' | ')} |`,
  `|---|---|---|${peers.map(() => '---|').join('')}---|${peers.map(() => '---|').join('')}`,
];
for (const model of models) {
  const source = options.opset === undefined ? model : upgraded(model, Number(options.opset));
  const own = runOwn(source);
  const others = peers.map((peer) => runPeer(peer, source));
  const row = [
    path.basename(model, '.onnx'),
    own.before,
    own.nodes,
    ...others.map(({ nodes, failure }) => (failure === undefined ? nodes : 'fails')),
    seconds(own),
    ...others.map(seconds),
  ];
  lines.push(`| ${row.join(' | ')} |`);
  process.stderr.write(`${lines.at(-1)}\n`);
}
const table = lines.join('\n');
process.stdout.write(`${table}\n`);
if (options.docs !== undefined) {
  const mark = `comparison${options.opset === undefined ? '' : ` at opset ${options.opset}`}`;
  const pattern = new RegExp(`(<!-- ${mark} -->\n)[^]*?(<!-- end -->)`);
  writeFileSync(options.docs, readFileSync(options.docs, 'utf8').replace(pattern, `$1${table}\n$2`));
}

/** End to end, and without the start of the process in brackets. */
function seconds(/** @type {any} */ { total, seconds: work, failure }) {
  return failure === undefined ? `${total.toFixed(2)} (${work.toFixed(2)})` : '';
}

function runOwn(/** @type {string} */ source) {
  const program = `const { run } = await import(${JSON.stringify(pathToFileURL(path.join(options.dist, 'cli/main.js')).href)}); await run(process);`;
  const script = path.join(folder, 'own.mjs');
  writeFileSync(script, program);
  const started = performance.now();
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      script,
      'fuse',
      source,
      '-o',
      path.join(folder, 'own.onnx'),
      '--level',
      options.level,
      '--no-verify',
      '--json',
    ],
    { maxBuffer: 2 ** 26 },
  );
  const total = (performance.now() - started) / 1000;
  if (stdout.length === 0) throw new Error(`infer-opt fuse failed on ${source}: ${stderr}`);
  const result = JSON.parse(stdout.toString());
  const { read, passes, write } = result.milliseconds;
  return {
    before: result.input.nodes,
    nodes: result.output.nodes,
    total,
    seconds: (read + passes + write) / 1000,
  };
}

/** @returns {any} */
function runPeer(/** @type {string} */ peer, /** @type {string} */ source) {
  const script = fileURLToPath(new URL('./peer_fuse.py', import.meta.url));
  const started = performance.now();
  const { stdout } = spawnSync(
    python,
    ['-W', 'ignore', script, peer, source, path.join(folder, 'peer.onnx')],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 2 ** 26,
      timeout: 300_000,
    },
  );
  const total = (performance.now() - started) / 1000;
  const last = stdout.toString().trim().split('\n').at(-1) ?? '';
  const answer = last.startsWith('{') ? JSON.parse(last) : { failure: 'it ended without an answer' };
  // Opening the result for a check afterwards is none of the tool's time.
  return { ...answer, total: Math.min(total, (answer.startup ?? 0) + (answer.seconds ?? total)) };
}

function upgraded(/** @type {string} */ model, /** @type {number} */ opset) {
  const target = path.join(folder, path.basename(model));
  const code = `
    const [{ loadModel }, { upgradeOpset }, { writeModel }] = await Promise.all(
      ['onnx/load.js', 'onnx/upgrade/upgrade.js', 'onnx/write-file.js'].map((file) => import(${JSON.stringify(pathToFileURL(path.resolve(options.dist)).href)} + '/' + file)));
    const model = await loadModel(${JSON.stringify(path.resolve(model))});
    upgradeOpset(model, Math.max(${opset}, model.opset));
    await writeModel(model, ${JSON.stringify(target)});`;
  execFileSync(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return target;
}

function preparePeers() {
  const venv = path.join(root, '.cache/fuse-venv');
  const program = path.join(venv, 'bin/python');
  if (!existsSync(program)) {
    execFileSync('python3', ['-m', 'venv', venv], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  const packages = path.join(venv, 'lib');
  const installed = readdirSync(packages, { recursive: true }).some((name) =>
    String(name).endsWith('onnxslim'),
  );
  if (!installed) {
    execFileSync(
      program,
      ['-m', 'pip', 'install', '--quiet', 'onnx', 'onnxsim', 'onnxslim', 'onnxscript', 'onnxruntime'],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
  }
  return program;
}
