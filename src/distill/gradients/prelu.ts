import { outputGradient, type Gradient } from './gradient.js';

/** x where positive, else slope x, with slopes that broadcast. */
export const prelu: Gradient = {
  operator: 'PRelu',
  places: [0, 1],
  parameters: [1],
  build(site) {
    const { node, emitter } = site;
    const [x, slope] = [node.inputs[0]!, node.inputs[1]!];
    const gradient = outputGradient(site);
    const negative = emitter.compare('Less', x, emitter.scalar(0));
    const passed = emitter.mul(gradient, negative);
    return [
      site.wants(0) ? emitter.add(emitter.sub(gradient, passed), emitter.mul(passed, slope)) : undefined,
      site.wants(1) ? emitter.sumTo(emitter.mul(passed, x), emitter.dims(slope)) : undefined,
    ];
  },
};
