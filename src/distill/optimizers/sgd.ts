import type { Optimizer } from './optimizer.js';

const momentum = 0.9;

/** Stochastic gradient descent with Nesterov's momentum as Sutskever et al. 2013 write it. */
export const sgd: Optimizer = {
  name: 'sgd',
  summary: 'gradient descent with Nesterov momentum of 0.9',
  rate: 0.01,
  states: ['velocity'],
  rateAt: (rate) => rate,
  build({ emitter, weight, gradient, states, rate, decay }) {
    const velocity = emitter.add(emitter.scale(states[0]!, momentum), gradient);
    const direction = emitter.add(emitter.scale(velocity, momentum), gradient);
    const change = emitter.add(emitter.mul(direction, rate), emitter.mul(weight, decay));
    return { weight: emitter.sub(weight, change), states: [velocity] };
  },
};
