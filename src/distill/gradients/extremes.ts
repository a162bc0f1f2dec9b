import { outputGradient, type Gradient } from './gradient.js';

/** The gradient goes to the operand that is the result; equal ones share it. */
function extreme(operator: 'Min' | 'Max'): Gradient {
  return {
    operator,
    places: 'all',
    build(site) {
      const { node, emitter } = site;
      const gradient = outputGradient(site);
      const y = node.outputs[0]!;
      const chosen = node.inputs.map((input) => emitter.compare('Equal', input!, y));
      const count = chosen.reduce((sum, one) => emitter.add(sum, one));
      const share = emitter.div(gradient, count);
      return node.inputs.map((input, place) =>
        site.wants(place)
          ? emitter.sumTo(emitter.mul(share, chosen[place]!), emitter.dims(input!))
          : undefined,
      );
    },
  };
}

export const minimum = extreme('Min');
export const maximum = extreme('Max');
