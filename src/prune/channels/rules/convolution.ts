import { attribute } from '../../../ir/attribute.js';
import type { Node } from '../../../ir/node.js';
import { dimsOf, rankOf, type Axes } from '../axes.js';
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

/** ConvTranspose: weights are [in, out of a group, ...]; groups stay of one size. */
export const transposedConvolution: Rule = {
  operators: ['ConvTranspose'],
  link(node, axes) {
    const [x, w, bias] = node.inputs;
    const [y] = node.outputs;
    const all = [axes.of(x, 1), axes.of(w, 0), axes.of(w, 1), axes.of(y, 1), axes.of(bias, 0)];
    freezePlaces(node, axes);
    const groups = node.int('group', 1);
    axes.same(all[0], all[1]);
    if (groups !== 1) {
      linkGroups(node, axes, groups);
      return;
    }
    axes.same(all[2], all[3]);
    if (bias !== undefined) axes.same(all[2], all[4]);
  },
  adapt(node, kept) {
    const [x, w] = node.inputs;
    const groups = node.int('group', 1);
    const rows = w === undefined ? undefined : kept(w, 0);
    // Shapes are still those of before: a depthwise kernel has as many groups as there were channels.
    const isDepthwise =
      groups > 1 && x !== undefined && dimsOf(x)?.[1] === groups && w?.constant?.dims[1] === 1;
    if (isDepthwise && rows !== undefined) node.attributes.set('group', attribute.int(rows.length));
  },
};

/** The same places of every group go together; where a group is one channel in and one out, it goes with it. */
function linkGroups(node: Node, axes: Axes, groups: number): void {
  const [x, w, bias] = node.inputs;
  const [from, columns, to] = [axes.of(x, 1), axes.of(w, 1), axes.of(node.outputs[0], 1)];
  if (bias !== undefined) axes.same(axes.of(bias, 0), to);
  if (from === undefined || columns === undefined || to === undefined) {
    for (const axis of [from, columns, to]) axes.freeze(axis, `the channels of ${node.label} are not known`);
    return;
  }
  if (from.length === groups && to.length === groups) {
    axes.same(from, to);
    axes.freeze(columns, 'a depthwise kernel has one column');
    return;
  }
  const size = from.length / groups;
  for (let i = size; i < from.length; i++) axes.link(from, i, from, i % size);
  for (let i = 0; i < to.length; i++) axes.link(to, i, columns, i % columns.length);
}
