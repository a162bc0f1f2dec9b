import { outputGradient, type Gradient } from './gradient.js';

/** a / b: 1/b, and -a/b^2, which is -(a/b)/b. */
export const div: Gradient = {
  operator: 'Div',
  places: [0, 1],
  build(site) {
    const { node, emitter } = site;
    const [a, b, y] = [node.inputs[0]!, node.inputs[1]!, node.outputs[0]!];
    const over = emitter.div(outputGradient(site), b);
    return [
      site.wants(0) ? emitter.sumTo(over, emitter.dims(a)) : undefined,
      site.wants(1) ? emitter.unary('Neg', emitter.sumTo(emitter.mul(over, y), emitter.dims(b))) : undefined,
    ];
  },
};
