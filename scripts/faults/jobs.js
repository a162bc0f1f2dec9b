// The commands that write, each small enough to be run hundreds of times, for the tests that kill them and that take
// the disk away from them.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup.js';

const model = join(root, 'fixtures', 'shapes-depthwise.onnx');
const data = join(root, 'fixtures', 'shapes-depthwise.yaml');
const few = ['--data', data, '--samples', '8', '--quiet'];

/**
 * @typedef {object} Job
 * @property {string} name
 * @property {(folder: string) => string[]} words of the command line
 * @property {readonly string[]} writes what may be in the folder afterwards, hidden files apart; folders as a whole
 * @property {readonly string[] | undefined} outputs those of them that the command writes; all without
 * @property {readonly string[] | undefined} mends folders that may be away until the next run brings them back
 * @property {boolean} repeats true when two runs give the same bytes
 * @property {((folder: string) => void) | undefined} prepare writes what the command reads from the folder
 */

/** @type {readonly Job[]} */
export const jobs = [
  {
    name: 'quantize',
    words: (folder) => ['quantize', model, '-o', join(folder, 'out.onnx'), '--no-measure', ...few],
    writes: ['out.onnx'],
    repeats: true,
  },
  {
    name: 'fuse',
    words: (folder) => ['fuse', model, '-o', join(folder, 'out.onnx'), '--quiet'],
    writes: ['out.onnx'],
    repeats: true,
  },
  {
    name: 'prune',
    words: (folder) => [
      ...['prune', model, '-o', join(folder, 'out.onnx')],
      ...['--scheme', 'magnitude', '--ratio', '0.5', '--no-repair', '--no-measure', ...few],
    ],
    writes: ['out.onnx'],
    repeats: true,
  },
  {
    name: 'distill',
    words: (folder) => [
      ...['distill', model, '-o', join(folder, 'out.onnx'), '--teacher', model, '--epochs', '1'],
      ...['--data', data, '--samples', '8', '--quiet'],
    ],
    writes: ['out.onnx'],
    // Convolutions are computed in the form that is fastest at the time: two runs are equal to rounding.
    repeats: false,
  },
  {
    name: 'compile',
    words: (folder) => ['compile', model, '-o', join(folder, 'out.onnx'), '--target', 'onnxruntime', ...few],
    writes: ['out.onnx', 'out.onnx.json'],
    // The manifest holds times.
    repeats: false,
  },
  {
    name: 'package',
    words: (folder) => ['package', model, '-o', join(folder, 'repository'), '--name', 'shapes', '--quiet'],
    writes: ['repository'],
    repeats: true,
  },
  {
    name: 'optimize',
    words: (folder) => [
      ...['optimize', model, '-o', join(folder, 'optimized'), '--data', data, '--quiet', '--force'],
      ...['--time', '3s', '--only', 'float', '--cache', join(folder, '.cache')],
    ],
    writes: ['optimized'],
    mends: ['optimized'],
    repeats: false,
  },
  {
    name: 'run',
    words: (folder) => ['run', join(folder, 'recipe.yaml'), '--quiet', '--cache', join(folder, '.cache')],
    writes: ['recipe.yaml', 'out.onnx', 'repository'],
    outputs: ['out.onnx', 'repository'],
    repeats: true,
    prepare: (folder) =>
      writeFileSync(
        join(folder, 'recipe.yaml'),
        [
          `model: ${model}`,
          'output: out.onnx',
          'steps:',
          '  - fuse:',
          '  - quantize: {mode: fp16}',
          '  - package: {output: repository, name: shapes}',
          '',
        ].join('\n'),
      ),
  },
  {
    name: 'init',
    words: (folder) => [
      ...['init', model, '-o', join(folder, 'recipe.yaml'), '--data', data, '--quiet', '--force'],
    ],
    writes: ['recipe.yaml'],
    repeats: true,
  },
  {
    name: 'bench',
    words: (folder) => [
      ...['bench', model, ...few, '--time', '300ms', '--save-baseline', join(folder, 'baseline.json')],
    ],
    writes: ['baseline.json'],
    repeats: false,
  },
  {
    name: 'report',
    words: (folder) => [
      ...['report', join(folder, 'result.json'), '--to', 'html', '-o', join(folder, 'report.html')],
    ],
    writes: ['result.json', 'report.html'],
    outputs: ['report.html'],
    repeats: true,
    prepare: (folder) => writeFileSync(join(folder, 'result.json'), storedResult()),
  },
];

let stored;

/** What bench prints, measured once. */
function storedResult() {
  stored ??= execFileSync(
    process.execPath,
    [join(root, 'bin', 'infer-opt.js'), 'bench', model, ...few, '--time', '300ms', '--json'],
    { encoding: 'utf8' },
  );
  return stored;
}

/** Throws unless this is a whole file: JSON that parses, or a model that our reader takes. */
export async function checkWhole(path) {
  if (path.endsWith('.json')) {
    JSON.parse(readFileSync(path, 'utf8'));
    return;
  }
  if (!path.endsWith('.onnx')) return;
  const { loadModel } = await import('../../dist/onnx/load.js');
  await loadModel(path);
}
