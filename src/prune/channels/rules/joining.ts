import { attribute } from '../../../ir/attribute.js';
import { Tensor } from '../../../tensor/tensor.js';
import { constantOf } from '../../../passes/match.js';
import { rankOf } from '../axes.js';
import type { Rule } from './rule.js';

export const concat: Rule = {
  operators: ['Concat'],
  link(node, axes) {
    const [y] = node.outputs;
    const rank = rankOf(y);
    const given = node.int('axis');
    const joined = given < 0 ? given + rank : given;
    for (let axis = 0; axis < rank; axis++) {
      if (axis !== joined) for (const x of node.inputs) axes.same(axes.of(x, axis), axes.of(y, axis));
    }
    const parts = node.inputs.map((x) => axes.of(x, joined));
    const whole = axes.of(y, joined);
    if (whole === undefined || parts.some((part) => part === undefined)) {
      for (const part of [...parts, whole]) axes.freeze(part, `${node.label} joins unknown lengths`);
      return;
    }
    let offset = 0;
    for (const part of parts) {
      for (let i = 0; i < part!.length; i++) axes.link(part!, i, whole, offset + i);
      offset += part!.length;
    }
  },
};

export const split: Rule = {
  operators: ['Split'],
  link(node, axes) {
    const [x] = node.inputs;
    const rank = rankOf(x);
    const given = node.int('axis', 0);
    const cut = given < 0 ? given + rank : given;
    for (const y of node.outputs) {
      for (let axis = 0; axis < rank; axis++) if (axis !== cut) axes.same(axes.of(x, axis), axes.of(y, axis));
    }
    const whole = axes.of(x, cut);
    const parts = node.outputs.map((y) => axes.of(y, cut));
    const told = node.inputs[1] === undefined || constantOf(node.inputs[1]) !== undefined;
    if (!told || whole === undefined || parts.some((part) => part === undefined)) {
      for (const part of [...parts, whole]) axes.freeze(part, `${node.label} splits into unknown lengths`);
      return;
    }
    let offset = 0;
    for (const part of parts) {
      for (let i = 0; i < part!.length; i++) axes.link(part!, i, whole, offset + i);
      offset += part!.length;
    }
  },
  adapt(node, kept) {
    const [x, sizes] = node.inputs;
    const rank = rankOf(x);
    const given = node.int('axis', 0);
    const cut = given < 0 ? given + rank : given;
    if (x === undefined || kept(x, cut) === undefined) return;
    const lengths = node.outputs.map(
      (y) => kept(y!, cut)?.length ?? Number(y?.type?.kind === 'tensor' ? y.type.dims?.[cut] : 0),
    );
    if (sizes !== undefined) {
      node.setInput(1, node.graph.addConstant(sizes.name, Tensor.int64([lengths.length], lengths)));
    } else if (node.attributes.has('split')) {
      node.attributes.set('split', attribute.ints(lengths));
    } else if (new Set(lengths).size > 1) {
      // Equal parts were implied; now they have to be told.
      node.setInput(1, node.graph.addConstant('split', Tensor.int64([lengths.length], lengths)));
      node.attributes.delete('num_outputs');
    }
  },
};
