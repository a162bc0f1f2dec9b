import { attribute } from '../../../ir/attribute.js';
import type { Node } from '../../../ir/node.js';
import { rankOf, type Axes } from '../axes.js';
import type { Rule } from './rule.js';

/** Conv: input channels and weight columns, output channels and weight rows; groups stay of one size. */
export const convolution: Rule = {
  operators: ['Conv'],
  link(node, axes) {
    const [x, w, bias] = node.inputs;
    const [y] = node.outputs;
    const [from, to] = [axes.of(x, 1), axes.of(y, 1)];
    const [rows, columns] = [axes.of(w, 0), axes.of(w, 1)];
    freezePlaces(node, axes);
    if (bias !== undefined) axes.same(axes.of(bias, 0), rows);
    axes.same(rows, to);
    const groups = node.int('group', 1);
    if (from === undefined || rows === undefined || columns === undefined) {
      for (const axis of [from, rows, columns])
        axes.freeze(axis, `the channels of ${node.label} are not known`);
      return;
    }
    if (groups === 1) {
      axes.same(from, columns);
      return;
    }
    if (columns.length === 1 && rows.length === from.length) {
      // Depthwise: a group is a channel, and goes with it.
      axes.same(from, rows);
      axes.freeze(columns, 'a depthwise kernel has one column');
      return;
    }
    // The same places of every group go together, so that all groups stay of one size.
    for (let i = 0; i < from.length; i++) axes.link(from, i, columns, i % columns.length);
    const size = rows.length / groups;
    for (let i = size; i < rows.length; i++) axes.link(rows, i, rows, i % size);
  },
  adapt(node, kept) {
    const groups = node.int('group', 1);
    const [, w] = node.inputs;
    const rows = w === undefined ? undefined : kept(w, 0);
    if (w?.constant?.dims[1] !== 1 || groups === 1 || rows === undefined) return;
    const [x] = node.inputs;
    if (x !== undefined && kept(x, 1)?.length === rows.length)
      node.attributes.set('group', attribute.int(rows.length));
  },
};

/** Kernels and the places that they move over stay as they are. */
function freezePlaces(node: Node, axes: Axes): void {
  for (const value of [node.inputs[0], node.inputs[1], node.outputs[0]]) {
    for (let axis = 2; axis < rankOf(value); axis++)
      axes.freeze(axes.of(value, axis), `${node.label} moves over it`);
  }
}

/** ConvTranspose without groups: weights are [in, out, ...]. */
export const transposedConvolution: Rule = {
  operators: ['ConvTranspose'],
  link(node, axes) {
    const [x, w, bias] = node.inputs;
    const [y] = node.outputs;
    const all = [axes.of(x, 1), axes.of(w, 0), axes.of(w, 1), axes.of(y, 1), axes.of(bias, 0)];
    freezePlaces(node, axes);
    if (node.int('group', 1) !== 1) {
      for (const axis of all) axes.freeze(axis, `${node.label} transposes groups of channels`);
      return;
    }
    axes.same(all[0], all[1]);
    axes.same(all[2], all[3]);
    if (bias !== undefined) axes.same(all[2], all[4]);
  },
};
