import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const real = path.join(root, '../shared/real');
const generated = path.join(root, '.cache/scale-models');

/**
 * A model, and what its artifact has to reach on one thread at batch size 1.
 * @typedef {object} Case
 * @property {string} name
 * @property {string} model
 * @property {string | undefined} data  without a dataset file inputs are made up from a seed
 * @property {boolean} generated  written by scripts/make-scale-models.js
 * @property {'static' | 'dynamic'} peerMode  how the peer does best on it
 * @property {{ speedup: number, drop?: number, size: number }} limits  the least ratio of median latencies, the largest
 *   loss of top-1 (a fraction), the largest share of the original's bytes
 */

/** @type {readonly Case[]} */
export const cases = [
  onData('squeezenet1.1', { speedup: 2, drop: 0.005, size: 0.29 }),
  onData('mobilenetv2', { speedup: 2, drop: 0.0075, size: 0.3 }),
  onData('resnet20-cifar10', { speedup: 1.3, drop: 0.004, size: 0.32 }),
  onMadeUpInputs('resnet50-shape', 'static', { speedup: 3, size: 0.26 }),
  onMadeUpInputs('minilm-shape', 'dynamic', { speedup: 2.7, size: 0.27 }),
];

/** @param {string} name @param {Case['limits']} limits @returns {Case} */
function onData(name, limits) {
  return {
    name,
    model: path.join(real, 'models', `${name}.onnx`),
    data: path.join(real, 'datasets', `${name}.yaml`),
    generated: false,
    peerMode: 'static',
    limits,
  };
}

/** @param {string} name @param {Case['peerMode']} peerMode @param {Case['limits']} limits @returns {Case} */
function onMadeUpInputs(name, peerMode, limits) {
  return {
    name,
    model: path.join(generated, `${name}.onnx`),
    data: undefined,
    generated: true,
    peerMode,
    limits,
  };
}
