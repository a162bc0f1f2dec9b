import type { Optimizer } from './optimizer.js';

const [first, second, epsilon] = [0.9, 0.999, 1e-8];

/** Adam (Kingma and Ba 2015) with decoupled decay of the weights (AdamW, Loshchilov and Hutter 2019). */
export const adam: Optimizer = {
  name: 'adam',
  summary: 'steps of about the same size for every weight (AdamW)',
  rate: 0.001,
  states: ['mean', 'square'],
  // Both moments start at zero, which the rate makes up for.
  rateAt: (rate, step) => (rate * Math.sqrt(1 - second ** step)) / (1 - first ** step),
  build({ emitter, weight, gradient, states, rate, decay }) {
    const mean = emitter.add(emitter.scale(states[0]!, first), emitter.scale(gradient, 1 - first));
    const squares = emitter.scale(emitter.mul(gradient, gradient), 1 - second);
    const square = emitter.add(emitter.scale(states[1]!, second), squares);
    const size = emitter.shift(emitter.unary('Sqrt', square), epsilon);
    const change = emitter.add(emitter.mul(emitter.div(mean, size), rate), emitter.mul(weight, decay));
    return { weight: emitter.sub(weight, change), states: [mean, square] };
  },
};
