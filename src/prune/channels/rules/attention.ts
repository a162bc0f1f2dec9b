import { attribute } from '../../../ir/attribute.js';
import type { Node } from '../../../ir/node.js';
import type { Value } from '../../../ir/value.js';
import { dimsOf, rankOf, type Axes, type Axis } from '../axes.js';
import type { Kept, Rule } from './rule.js';

/**
 * Ties the places of an axis that belong to a head to each other and to the first place of the head in `heads`, which has
 * `of` heads. Where `axis` has more heads than that (queries that share keys), neighbours belong to the same one.
 */
function tieHeads(
  axes: Axes,
  axis: Axis | undefined,
  count: number,
  heads: Axis,
  of: number,
  offset = 0,
  length = axis?.length,
): void {
  if (axis === undefined || length === undefined) return;
  const [size, step] = [length / count, heads.length / of];
  for (let place = 0; place < length; place++) {
    const head = Math.floor((Math.floor(place / size) * of) / count);
    axes.link(axis, offset + place, heads, head * step);
  }
}

function freezeAll(node: Node, axes: Axes, reason: string): void {
  for (const value of [...node.inputs, ...node.outputs]) axes.freezeValue(value, reason);
}

function passBatch(axes: Axes, value: Value | undefined, output: Value | undefined): void {
  axes.same(axes.of(value, 0), axes.of(output, 0));
}

/** How many heads of one size a hidden width holds after it was cut. */
function headsLeft(value: Value | undefined, axis: number, before: number, kept: Kept): number | undefined {
  const length = value === undefined ? undefined : dimsOf(value)?.[axis];
  const places = value === undefined ? undefined : kept(value, axis);
  return typeof length !== 'number' || places === undefined ? undefined : (places.length * before) / length;
}

/**
 * The standard's Attention: whole heads go, keys and values together with all queries that read them. With a past, or
 * with more than the first output, it stays as it is.
 */
export const attention: Rule = {
  operators: ['Attention'],
  link(node, axes) {
    const [q, k, v, mask, ...past] = node.inputs;
    const [y, ...others] = node.outputs;
    const flat = rankOf(q) === 3;
    const axis = flat ? 2 : 1;
    const [queries, keys] = [axes.of(q, axis), axes.of(k, axis)];
    const [queryHeads, keyHeads] = flat
      ? [node.int('q_num_heads', 0), node.int('kv_num_heads', 0)]
      : [queries?.length ?? 0, keys?.length ?? 0];
    const odd = [...past, ...others].some((value) => value !== undefined);
    if (odd || queries === undefined || keys === undefined || keyHeads === 0 || queryHeads % keyHeads !== 0) {
      freezeAll(node, axes, `${node.label} carries a past, or heads that are not known`);
      return;
    }
    for (const value of [k, v, y]) passBatch(axes, value, q);
    axes.same(axes.of(q, flat ? 1 : 2), axes.of(y, flat ? 1 : 2));
    axes.same(axes.of(k, flat ? 1 : 2), axes.of(v, flat ? 1 : 2));
    if (!flat) {
      for (const value of [q, k]) axes.freeze(axes.of(value, 3), `the size of a head scales ${node.label}`);
      axes.same(axes.of(v, 3), axes.of(y, 3));
    }
    // One place of the keys stands for a head, or for the first place of it.
    tieHeads(axes, keys, keyHeads, keys, keyHeads);
    for (const [value, count] of [
      [q, queryHeads],
      [v, keyHeads],
      [y, queryHeads],
    ] as const) {
      tieHeads(axes, axes.of(value, axis), count, keys, keyHeads);
    }
    for (let at = 1; at <= rankOf(mask); at++) {
      const place = axes.of(mask, -at);
      if (at === 3 && place !== undefined && place.length === queryHeads && place.length > 1)
        tieHeads(axes, place, queryHeads, keys, keyHeads);
      else if (place?.length !== 1) axes.freeze(place, `${node.label} masks along it`);
    }
  },
  adapt(node, kept) {
    const [q, k] = node.inputs;
    if (rankOf(q) !== 3) return;
    const queries = headsLeft(q, 2, node.int('q_num_heads', 0), kept);
    const keys = headsLeft(k, 2, node.int('kv_num_heads', 0), kept);
    if (queries !== undefined) node.attributes.set('q_num_heads', attribute.int(queries));
    if (keys !== undefined) node.attributes.set('kv_num_heads', attribute.int(keys));
  },
};

/** The runtime's MultiHeadAttention on queries, keys and values that are apart: whole heads go. */
export const multiHeadAttention: Rule = {
  operators: ['com.microsoft.MultiHeadAttention'],
  link(node, axes) {
    const [q, k, v, bias, padding, scores, ...past] = node.inputs;
    const [y, ...others] = node.outputs;
    const heads = node.int('num_heads', 0);
    const queries = axes.of(q, 2);
    const odd = [...past, ...others].some((value) => value !== undefined);
    const apart = [q, k, v].every((value) => rankOf(value) === 3);
    if (odd || !apart || heads === 0 || queries === undefined) {
      freezeAll(node, axes, `${node.label} carries a past, or takes its inputs packed`);
      return;
    }
    for (const value of [k, v, y]) passBatch(axes, value, q);
    axes.same(axes.of(q, 1), axes.of(y, 1));
    axes.same(axes.of(k, 1), axes.of(v, 1));
    tieHeads(axes, queries, heads, queries, heads);
    for (const value of [k, v, y]) tieHeads(axes, axes.of(value, 2), heads, queries, heads);
    let offset = 0;
    for (const length of [queries.length, axes.of(k, 2)?.length ?? 0, axes.of(v, 2)?.length ?? 0]) {
      tieHeads(axes, axes.of(bias, 0), heads, queries, heads, offset, length);
      offset += length;
    }
    axes.freezeValue(padding, `${node.label} masks along it`);
    maskHeads(node, axes, scores, queries, heads);
  },
  adapt: adaptHeads((node) => [node.inputs[0], 2]),
};

/** The runtime's Attention, which holds the projections to queries, keys and values in one matrix: whole heads go. */
export const projectedAttention: Rule = {
  operators: ['com.microsoft.Attention'],
  link(node, axes) {
    const [x, w, bias, mask, past, scores, ...more] = node.inputs;
    const [y, ...others] = node.outputs;
    const heads = node.int('num_heads', 0);
    const [hidden, columns] = [axes.of(y, 2), axes.of(w, 1)];
    const odd = [past, ...more, ...others].some((value) => value !== undefined);
    const packed = columns?.length === 3 * (hidden?.length ?? 0);
    if (odd || !packed || heads === 0 || hidden === undefined || node.attributes.has('qkv_hidden_sizes')) {
      freezeAll(node, axes, `${node.label} carries a past, or heads of several sizes`);
      return;
    }
    passBatch(axes, x, y);
    axes.same(axes.of(x, 1), axes.of(y, 1));
    axes.same(axes.of(x, 2), axes.of(w, 0));
    tieHeads(axes, hidden, heads, hidden, heads);
    for (const part of [0, 1, 2]) {
      for (const axis of [columns, axes.of(bias, 0)])
        tieHeads(axes, axis, heads, hidden, heads, part * hidden.length, hidden.length);
    }
    axes.freezeValue(mask, `${node.label} masks along it`);
    maskHeads(node, axes, scores, hidden, heads);
  },
  adapt: adaptHeads((node) => [node.outputs[0], 2]),
};

/** What is added to the scores, [batch, heads, from, to] with lengths of 1 spread. */
function maskHeads(node: Node, axes: Axes, scores: Value | undefined, hidden: Axis, heads: number): void {
  for (let at = 0; at < rankOf(scores); at++) {
    const place = axes.of(scores, at);
    if (at === 1 && place?.length === heads) tieHeads(axes, place, heads, hidden, heads);
    else if (place?.length !== 1) axes.freeze(place, `${node.label} masks along it`);
  }
}

function adaptHeads(widthOf: (node: Node) => [Value | undefined, number]): NonNullable<Rule['adapt']> {
  return (node, kept) => {
    const [value, axis] = widthOf(node);
    const heads = headsLeft(value, axis, node.int('num_heads', 0), kept);
    if (heads !== undefined) node.attributes.set('num_heads', attribute.int(heads));
  };
}
