import { outputGradient, type Gradient } from './gradient.js';

/** alpha A' B' + beta C, either matrix turned. */
export const gemm: Gradient = {
  operator: 'Gemm',
  places: [0, 1, 2],
  parameters: [0, 1, 2],
  build(site) {
    const { node, emitter } = site;
    const [a, b, c] = node.inputs;
    const gradient = outputGradient(site);
    const scaled = emitter.scale(gradient, node.float('alpha', 1));
    const [turnA, turnB] = [node.int('transA', 0) === 1, node.int('transB', 0) === 1];
    return [
      !site.wants(0)
        ? undefined
        : turnA
          ? emitter.matmul(b!, scaled, { turnA: turnB, turnB: true })
          : emitter.matmul(scaled, b!, { turnB: !turnB }),
      !site.wants(1)
        ? undefined
        : turnB
          ? emitter.matmul(scaled, a!, { turnA: true, turnB: turnA })
          : emitter.matmul(a!, scaled, { turnA: !turnA }),
      site.wants(2)
        ? emitter.sumTo(emitter.scale(gradient, node.float('beta', 1)), emitter.dims(c!))
        : undefined,
    ];
  },
};
