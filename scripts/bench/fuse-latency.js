/**
 * What `infer-opt fuse` does to latency: every level against the original in onnxruntime at its full optimization, one thread, both open in
 * one process and run in turns. Prints the ratio of the medians (above 1 is faster) with its 95% interval.
 *
 *   npm run build && node scripts/make-scale-models.js && node scripts/bench/fuse-latency.js [MODEL...]
 *
 *   --level a,b     levels to measure (safe,basic,full)
 *   --time S        seconds for each pair (6)
 *   --skip NAME     a pass to leave out, repeatable: what a single pass is worth
 *   --docs FILE     puts the table between the latency marks of a Markdown file
 *   --dist FOLDER   the built library (dist)
 *
 * Without MODEL: the models of ../shared/real/models and the shapes of .cache/scale-models. Inputs are seeded; open lengths are those below.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import { takeTurns } from './turns.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    level: { type: 'string', default: 'safe,basic,full' },
    time: { type: 'string', default: '6' },
    skip: { type: 'string', multiple: true, default: [] },
    docs: { type: 'string' },
    dist: { type: 'string', default: path.join(root, 'dist') },
  },
});
const names = [
  'bert-mlm-untrained',
  'bert-qa-tf-untrained',
  'gpt2-past-untrained',
  'vit-cifar10',
  'magika',
  'gtcrn-gru',
  'ocr-rec',
  'ocr-cls',
  'silero-vad',
  'resnet20-cifar10',
  'mobilenetv2',
  'ultraface-rfb-320',
];
/** Open lengths by the name of the dimension; everything else is 1. */
/** @type {Record<string, number>} */
const lengths = { tokens: 4, sequence: 128, seq_len: 7 };
/** For inputs whose dimensions have no names. @type {Record<string, Record<string, number[]>>} */
const shapes = {
  'silero-vad': { input: [1, 576], state: [2, 1, 128] },
  'ocr-rec': { x: [1, 3, 32, 320] },
  'ocr-cls': { x: [1, 3, 48, 192] },
};
/** Scalars that choose between branches. @type {Record<string, number>} */
const scalars = { sr: 16_000 };

const load = (/** @type {string} */ file) =>
  import(pathToFileURL(path.join(path.resolve(options.dist), file)).href);
const [
  { fuseModel },
  { ratioInterval },
  { seededRandom, normal },
  { loadModel },
  { writeModel },
  { tensorType },
] = await Promise.all(
  [
    'fuse/fuse.js',
    'bench/statistics/bootstrap.js',
    'tensor/random.js',
    'onnx/load.js',
    'onnx/write-file.js',
    'ir/types.js',
  ].map(load),
);
const given =
  positionals.length > 0
    ? positionals
    : [
        ...names.map((name) => path.join(root, `../shared/real/models/${name}.onnx`)),
        ...['minilm-shape', 'resnet50-shape'].map((name) =>
          path.join(root, `.cache/scale-models/${name}.onnx`),
        ),
      ];
const folder = mkdtempSync(path.join(tmpdir(), 'infer-opt-latency-'));
process.on('exit', () => {
  rmSync(folder, { recursive: true, force: true });
});

const minilm = path.join(root, '.cache/scale-models/minilm-shape.onnx');
if (positionals.length === 0 && existsSync(minilm)) given.push(await withFixedDims(minilm));

const levels = options.level.split(',');
const lines = [
  `| model | original, ms | ${levels.map((level) => `\`${level}\` (95%)`).join(' | ')} |`,
  `|---|---|${levels.map(() => '---|').join('')}`,
];
for (const model of given.filter((file) => existsSync(file))) {
  const name = path.basename(model, '.onnx');
  const cells = [];
  let original = '';
  for (const level of levels) {
    const output = path.join(folder, `${name}.${level}.onnx`);
    await fuseModel({ model, output, level, verify: false, skip: options.skip });
    const measured = await compare(model, output, name);
    original = measured.original.toFixed(3);
    cells.push(measured.speedup);
    rmSync(output);
  }
  lines.push(`| ${[name, original, ...cells].join(' | ')} |`);
  process.stderr.write(`${lines.at(-1)}\n`);
}
const table = lines.join('\n');
process.stdout.write(`${table}\n${cpus()[0]?.model}, node ${process.version}\n`);
if (options.docs !== undefined) {
  const pattern = /(<!-- latency -->\n)[^]*?(<!-- end -->)/;
  writeFileSync(
    options.docs,
    readFileSync(options.docs, 'utf8').replace(pattern, (_, open, close) => `${open}${table}\n${close}`),
  );
}

async function compare(
  /** @type {string} */ original,
  /** @type {string} */ candidate,
  /** @type {string} */ name,
) {
  const sessions = [await open(original), await open(candidate)];
  const feeds = feedsOf(/** @type {any} */ (sessions[0]), name);
  const { a, b } = await takeTurns(
    /** @type {any} */ (
      await Promise.all(
        sessions.map(async (session) => {
          // Into the same memory every time: fresh outputs of some size cost more than a small model.
          const outputs = await session.run(feeds);
          return () => session.run(feeds, outputs);
        }),
      )
    ),
    Number(options.time),
  );
  for (const session of sessions) await session.release();
  const [low, high] = ratioInterval(a.blocks, b.blocks, 0.5, seededRandom(1));
  const speedup = a.median / b.median;
  return {
    original: a.median,
    speedup: `${speedup.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`,
  };
}

/** The same model with its open lengths written into it: what runtimes do with a graph can hang on that. */
async function withFixedDims(/** @type {string} */ file) {
  const model = await loadModel(file);
  for (const value of [...model.graph.inputs, ...model.graph.outputs]) {
    const dims = value.type.dims.map((/** @type {number | string} */ dim) =>
      typeof dim === 'number' ? dim : (lengths[dim] ?? 1),
    );
    value.type = tensorType(value.type.dtype, dims);
  }
  const target = path.join(folder, `${path.basename(file, '.onnx')}.1x${lengths.sequence}.onnx`);
  await writeModel(model, target);
  return target;
}

function open(/** @type {string} */ file) {
  return InferenceSession.create(file, {
    graphOptimizationLevel: 'all',
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
}

/** Seeded inputs: normal numbers, ids from 0 and 1, masks of ones. */
function feedsOf(/** @type {InferenceSession} */ session, /** @type {string} */ model) {
  const random = seededRandom(1);
  /** @type {Record<string, RuntimeTensor>} */
  const feeds = {};
  for (const input of session.inputMetadata) {
    if (!input.isTensor) throw new Error(`input ${input.name} is no tensor`);
    const dims =
      shapes[model]?.[input.name] ??
      input.shape.map((dim) => (typeof dim === 'number' && dim >= 0 ? dim : (lengths[dim] ?? 1)));
    const size = dims.reduce((product, dim) => product * dim, 1);
    const whole = () => scalars[input.name] ?? (input.name.includes('mask') ? 1 : Math.floor(2 * random()));
    if (input.type === 'int64')
      feeds[input.name] = new RuntimeTensor(
        'int64',
        BigInt64Array.from({ length: size }, () => BigInt(whole())),
        dims,
      );
    else if (input.type === 'int32')
      feeds[input.name] = new RuntimeTensor('int32', Int32Array.from({ length: size }, whole), dims);
    else if (input.type === 'uint8')
      feeds[input.name] = new RuntimeTensor(
        'uint8',
        Uint8Array.from({ length: size }, () => Math.floor(256 * random())),
        dims,
      );
    else if (input.type === 'float32')
      feeds[input.name] = new RuntimeTensor(
        'float32',
        Float32Array.from({ length: size }, () => normal(random)),
        dims,
      );
    else throw new Error(`input ${input.name} is ${input.type}`);
  }
  return feeds;
}
