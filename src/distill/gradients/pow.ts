import { scalarOf } from '../../passes/match.js';
import { outputGradient, type Gradient } from './gradient.js';

/** x^n with one constant n for all elements. */
export const pow: Gradient = {
  operator: 'Pow',
  places: [0],
  refuses: (node) =>
    scalarOf(node.inputs[1]) === undefined ? 'its exponent is not one constant' : undefined,
  build(site) {
    const { node, emitter } = site;
    const [x, n] = [node.inputs[0]!, scalarOf(node.inputs[1])!];
    const gradient = outputGradient(site);
    if (n === 2) return [emitter.mul(gradient, emitter.scale(x, 2))];
    const lower = emitter.binary('Pow', x, emitter.scalar(n - 1));
    return [emitter.mul(gradient, emitter.scale(lower, n))];
  },
};
