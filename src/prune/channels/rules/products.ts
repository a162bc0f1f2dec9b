import { rankOf } from '../axes.js';
import type { Rule } from './rule.js';

export const gemm: Rule = {
  operators: ['Gemm'],
  link(node, axes) {
    const [a, b, c] = node.inputs;
    const [y] = node.outputs;
    const [turnedA, turnedB] = [node.int('transA', 0), node.int('transB', 0)];
    axes.same(axes.of(a, turnedA === 0 ? 0 : 1), axes.of(y, 0));
    axes.same(axes.of(a, turnedA === 0 ? 1 : 0), axes.of(b, turnedB === 0 ? 0 : 1));
    axes.same(axes.of(b, turnedB === 0 ? 1 : 0), axes.of(y, 1));
    for (let axis = 1; axis <= rankOf(c); axis++) {
      const place = axes.of(c, -axis);
      if (place?.length !== 1) axes.same(place, axes.of(y, -axis));
    }
  },
};

/** Matrices stand in the last two axes; those before are broadcast. */
export const matMul: Rule = {
  operators: ['MatMul'],
  link(node, axes) {
    const [a, b] = node.inputs;
    const [y] = node.outputs;
    const [rankA, rankB] = [rankOf(a), rankOf(b)];
    axes.same(axes.of(a, -1), axes.of(b, rankB === 1 ? 0 : -2));
    if (rankB > 1) axes.same(axes.of(b, -1), axes.of(y, -1));
    if (rankA > 1) axes.same(axes.of(a, -2), axes.of(y, rankB > 1 ? -2 : -1));
    for (const [value, rank] of [
      [a, rankA],
      [b, rankB],
    ] as const) {
      for (let axis = 3; axis <= rank; axis++) {
        const place = axes.of(value, -axis);
        if (place?.length !== 1) axes.same(place, axes.of(y, rankA > 1 && rankB > 1 ? -axis : 1 - axis));
      }
    }
  },
};
