import type { Node } from '../../ir/node.js';
import { elementwise } from './gradient.js';

const derive: Parameters<typeof elementwise>[1] = (emitter, { x, g, node }) => {
  if (isTanh(node)) {
    // x/2 (1 + tanh(k (x + a x^3)))
    const [k, a] = [Math.sqrt(2 / Math.PI), 0.044715];
    const square = emitter.mul(x, x);
    const inner = emitter.scale(emitter.mul(x, emitter.shift(emitter.scale(square, a), 1)), k);
    const t = emitter.unary('Tanh', inner);
    const slope = emitter.scale(emitter.shift(emitter.scale(square, 3 * a), 1), k);
    const bend = emitter.mul(emitter.mul(x, emitter.sub(emitter.scalar(1), emitter.mul(t, t))), slope);
    return emitter.mul(g, emitter.scale(emitter.add(emitter.shift(t, 1), bend), 0.5));
  }
  // Phi(x) + x phi(x), of the normal distribution.
  const share = emitter.scale(emitter.shift(emitter.unary('Erf', emitter.scale(x, Math.SQRT1_2)), 1), 0.5);
  const bell = emitter.unary('Exp', emitter.scale(emitter.mul(x, x), -0.5));
  const bend = emitter.scale(emitter.mul(x, bell), 1 / Math.sqrt(2 * Math.PI));
  return emitter.mul(g, emitter.add(share, bend));
};

function isTanh(node: Node): boolean {
  return node.string('approximate', 'none') === 'tanh';
}

export const gelu = elementwise('Gelu', derive);

/** The runtime's own, which is the exact one. */
export const runtimeGelu = elementwise('Gelu', derive, 'com.microsoft');
