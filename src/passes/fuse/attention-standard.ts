import { attribute } from '../../ir/attribute.js';
import { fusion, miss } from '../fusion.js';
import { attentionOf } from './attention-pattern.js';

/** Attention of the standard, from heads that are split, mixed and joined again; the projections stay. */
export const attention = fusion({
  name: 'attention',
  summary: 'Makes Attention of the standard out of products, Softmax and Transposes',
  effect: 'reorders-floats',
  needs: ['shapes'],
  root: 'Reshape',
  opset: { min: 23 },
  match(node, context) {
    const found = attentionOf(node, context);
    if (found === undefined) return undefined;
    const { mask, query, key } = found;
    if (mask !== undefined) {
      const dims = context.facts.dimsOf(mask);
      const [, queries] = context.facts.dimsOf(query)!;
      const [, keys] = context.facts.dimsOf(key)!;
      // The standard lets a mask broadcast over rows; the runtime reads it as a whole matrix.
      if (dims === undefined || dims.at(-1) !== keys || dims.at(-2) !== queries || keys === undefined)
        return miss('its mask is no matrix of queries and keys');
    }
    return { ...found, name: node.name };
  },
  rewrite({ query, key, value, mask, heads, scale, output, name }, edit) {
    const inputs = mask === undefined ? [query, key, value] : [query, key, value, mask];
    const replacement = edit.node('Attention', inputs, {
      name,
      attributes: [
        ['q_num_heads', attribute.int(heads)],
        ['kv_num_heads', attribute.int(heads)],
        ['scale', attribute.float(scale)],
      ],
    }).outputs[0]!;
    replacement.type = output.type;
    edit.replace(output, replacement);
  },
});
