import { attribute } from '../../../ir/attribute.js';
import { rankOf, type Axes, type Axis } from '../axes.js';
import type { Rule } from './rule.js';

/** Gates that weights, recurrences and biases hold side by side. */
const gates: Readonly<Record<string, number>> = { LSTM: 4, GRU: 3, RNN: 1 };

/** Hidden units of LSTM, GRU and RNN: the same unit goes in all gates, both directions, and the state. */
export const recurrent: Rule = {
  operators: Object.keys(gates),
  link(node, axes) {
    const [x, w, r, bias, lengths, ...states] = node.inputs;
    const [peepholes] = node.is('LSTM') ? [node.inputs[7]] : [undefined];
    const hidden = axes.of(r, 2);
    for (const value of node.inputs.concat(node.outputs)) {
      const last = rankOf(value) - 1;
      const free = value === w || value === r ? 1 : last;
      for (let axis = 0; axis < free; axis++)
        axes.freeze(axes.of(value, axis), `${node.label} steps along it`);
    }
    axes.same(axes.of(x, 2), axes.of(w, 2));
    axes.freezeValue(lengths, 'lengths of sequences');
    const turned = node.int('layout', 0) !== 0 || node.attributes.has('activations');
    const others = [axes.of(w, 1), axes.of(r, 1), axes.of(bias, 1), axes.of(peepholes, 1)];
    const carried = [...states.slice(0, node.is('LSTM') ? 2 : 1), ...node.outputs].map((value) =>
      axes.of(value, -1),
    );
    if (hidden === undefined || turned) {
      for (const axis of [hidden, ...others, ...carried])
        axes.freeze(axis, `${node.label} has a layout of its own`);
      return;
    }
    for (const axis of others) tie(axes, hidden, axis);
    for (const axis of carried) if (axis !== undefined) axes.same(hidden, axis);
  },
  adapt(node, kept) {
    const [, , r] = node.inputs;
    const hidden = r === undefined ? undefined : kept(r, 2);
    if (hidden !== undefined) node.attributes.set('hidden_size', attribute.int(hidden.length));
  },
};

function tie(axes: Axes, hidden: Axis, axis: Axis | undefined): void {
  for (let i = 0; axis !== undefined && i < axis.length; i++) axes.link(axis, i, hidden, i % hidden.length);
}
