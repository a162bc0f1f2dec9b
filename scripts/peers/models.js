import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { root } from '../setup.js';

const real = path.join(root, '..', 'shared', 'real');
const generated = path.join(root, '.cache', 'scale-models');

/**
 * @typedef {object} PeerModel
 * @property {string} name
 * @property {string} model
 * @property {string | undefined} data  a dataset file; without one inputs are made up from a seed, and there is no accuracy
 * @property {number} samples  for calibration
 */

/** Every labelled real model, and the shapes that scripts/make-scale-models.js writes. */
export const models = [
  ...['squeezenet1.1', 'mobilenetv2', 'resnet20-cifar10', 'vit-cifar10', 'mnist-8', 'mnist-cnn-pytorch'].map(
    (name) => labelled(name, 100),
  ),
  labelled('mnist-mlp-256x4', 100),
  // There are 76 files in all, and 50 of them judge.
  labelled('magika', 26),
  ...['resnet50-shape', 'minilm-shape', 'mobilenet-v3-shape'].map((name) => shape(name)),
];

/** @param {string} name @param {number} samples @returns {PeerModel} */
function labelled(name, samples) {
  return {
    name,
    model: path.join(real, 'models', `${name}.onnx`),
    data: path.join(real, 'datasets', `${name}.yaml`),
    samples,
  };
}

/** @param {string} name @returns {PeerModel} */
function shape(name) {
  return { name, model: path.join(generated, `${name}.onnx`), data: undefined, samples: 32 };
}

/** @param {PeerModel} one @returns {boolean} whether its files are there */
export function isThere({ model, data }) {
  if (model.startsWith(generated) && !existsSync(model)) {
    process.stderr.write('making the models of real size\n');
    execFileSync(process.execPath, [path.join(root, 'scripts/make-scale-models.js')], {
      stdio: ['ignore', 2, 2],
    });
  }
  return existsSync(model) && (data === undefined || existsSync(data));
}
