/**
 * `infer-opt fuse` side by side with onnxsim, OnnxSlim and onnxscript's optimizer on the same models: nodes left (bodies counted in) and
 * time: of the whole process, and with the start apart, which is what the same tool takes for a model of one node. Each run is a process
 * of its own. The tools take turns, each with the model and with the one node after it: the shortest of several runs counts, and the
 * median of the differences.
 *
 *   npm run build && node scripts/bench/compare-fuse.js [MODEL...]    (the models of ../shared/real/models when none is given)
 *
 *   --opset N       upgrades the models with infer-opt first, so that all tools start from that operator set
 *   --level LEVEL   of infer-opt fuse (basic)
 *   --runs N        of each tool on each model (3)
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
    runs: { type: 'string', default: '3' },
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
const tools = [{ name: 'infer-opt', run: runOwn }, ...peers.map((name) => ({ name, run: peerRunner(name) }))];
const empty = await modelOfOneNode();
/** The shortest start of each tool. @type {Map<string, number>} */
const starts = new Map();
for (const model of models) {
  const source = options.opset === undefined ? model : upgraded(model, Number(options.opset));
  const results = inTurns(source);
  const row = [
    path.basename(model, '.onnx'),
    results[0]?.before,
    ...results.map(({ nodes, failure }) => (failure === undefined ? nodes : 'fails')),
    ...results.map(seconds),
  ];
  lines.push(`| ${row.join(' | ')} |`);
  process.stderr.write(`${lines.at(-1)}\n`);
}
lines.push(
  `| (one node) | 1 | ${tools.map(() => '1').join(' | ')} | ${tools.map(({ name }) => starts.get(name)?.toFixed(2)).join(' | ')} |`,
);
const table = lines.join('\n');
process.stdout.write(`${table}\n`);
if (options.docs !== undefined) {
  const mark = `comparison${options.opset === undefined ? '' : ` at opset ${options.opset}`}`;
  const pattern = new RegExp(`(<!-- ${mark} -->\n)[^]*?(<!-- end -->)`);
  writeFileSync(options.docs, readFileSync(options.docs, 'utf8').replace(pattern, `$1${table}\n$2`));
}

/** Of the whole process, and without what the tool takes for nothing in brackets. */
function seconds(/** @type {any} */ { total, differences, failure }) {
  if (failure !== undefined) return '';
  const sorted = differences.sort((/** @type {number} */ x, /** @type {number} */ y) => x - y);
  const half = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(half)] + sorted[Math.ceil(half)]) / 2;
  return `${total.toFixed(2)} (${Math.max(median, 0).toFixed(2)})`;
}

/** As many rounds as are asked for, in each of which every tool runs on the model and on the one node. */
function inTurns(/** @type {string} */ source) {
  const results = tools.map(() => /** @type {any} */ ({ total: Infinity, differences: [] }));
  for (let round = 0; round < Number(options.runs); round++) {
    for (const [index, { name, run }] of tools.entries()) {
      const { total, differences, failure } = results[index];
      if (failure !== undefined) continue;
      const found = run(source);
      const start = run(empty).total;
      starts.set(name, Math.min(start, starts.get(name) ?? Infinity));
      results[index] = {
        ...found,
        total: Math.min(total, found.total),
        differences: [...differences, found.total - start],
      };
    }
  }
  return results;
}

function runOwn(/** @type {string} */ source) {
  const module = pathToFileURL(path.resolve(options.dist, 'cli/supervise.js')).href;
  const program = `const { supervise } = await import(${JSON.stringify(module)}); await supervise(process);`;
  const script = path.join(folder, 'own.mjs');
  writeFileSync(script, program);
  const target = path.join(folder, 'own.onnx');
  rmSync(target, { force: true });
  const started = performance.now();
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [script, 'fuse', source, '-o', target, '--level', options.level, '--no-verify', '--json'],
    { maxBuffer: 2 ** 26 },
  );
  const total = (performance.now() - started) / 1000;
  if (stdout.length === 0) throw new Error(`infer-opt fuse failed on ${source}: ${stderr}`);
  const result = JSON.parse(stdout.toString());
  return { before: result.input.nodes, nodes: result.output.nodes, total };
}

function peerRunner(/** @type {string} */ peer) {
  const opened = new Set();
  return (/** @type {string} */ source) => {
    const target = path.join(folder, 'peer.onnx');
    rmSync(target, { force: true });
    const started = performance.now();
    const answer = runPeer(peer, source, target);
    const total = (performance.now() - started) / 1000;
    if (answer.failure !== undefined || opened.has(source)) return { ...answer, total };
    // Opening the result, which has to work, is none of the tool's time.
    opened.add(source);
    return { ...answer, ...runPeer('check', target, target), total };
  };
}

/** @returns {any} */
function runPeer(/** @type {string} */ tool, /** @type {string} */ source, /** @type {string} */ target) {
  const script = fileURLToPath(new URL('./peer_fuse.py', import.meta.url));
  const { stdout } = spawnSync(python, ['-W', 'ignore', script, tool, source, target], {
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 26,
    timeout: 300_000,
  });
  const last = stdout.toString().trim().split('\n').at(-1) ?? '';
  return last.startsWith('{') ? JSON.parse(last) : { failure: 'it ended without an answer' };
}

/** What a tool takes for this one is its start. */
async function modelOfOneNode() {
  const [{ Model }, { tensorType }, { writeModel }] = await Promise.all(
    ['ir/model.js', 'ir/types.js', 'onnx/write-file.js'].map(
      (file) => import(pathToFileURL(path.resolve(options.dist, file)).href),
    ),
  );
  const model = Model.create(13);
  const input = model.graph.declare('x', tensorType('float32', [1, 2]));
  model.graph.addInput(input);
  const { outputs } = model.graph.addNode('Relu', [input]);
  outputs[0].type = tensorType('float32', [1, 2]);
  model.graph.addOutput(outputs[0]);
  const file = path.join(folder, 'one-node.onnx');
  await writeModel(model, file);
  return file;
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
