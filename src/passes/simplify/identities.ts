import type { Value } from '../../ir/value.js';
import { fusion, miss, Miss } from '../fusion.js';
import { outputsUnusedFrom } from '../match.js';
import { noOperation } from './no-operation.js';

/**
 * Removes nodes that hand on what they read. A graph output keeps its name: it goes over to whoever computes
 * the value; where that one is an input, a constant or another output, an Identity has to stay.
 */
export const identities = fusion({
  name: 'identities',
  summary: 'Removes nodes that change nothing: Identity, Dropout, Cast, Reshape, Transpose and others',
  effect: 'exact',
  needs: ['shapes'],
  root: [
    'Identity',
    'Dropout',
    'Cast',
    'Reshape',
    'Flatten',
    'Squeeze',
    'Unsqueeze',
    'Transpose',
    'Pad',
    'Slice',
    'Split',
    'Concat',
    'Sum',
    'Mean',
    'Max',
    'Min',
    'Expand',
    'Tile',
    'Resize',
    'Upsample',
  ],
  match(node, context) {
    const [input] = node.inputs;
    const [output] = node.outputs;
    if (input === undefined || output === undefined) return undefined;
    const found = noOperation(node, context);
    if (found === undefined || found instanceof Miss) return found;
    if (!outputsUnusedFrom(node, 1)) return miss('its second output is read');
    const removable = isRemovable(output, input);
    if (!removable && node.is('Identity')) return undefined;
    return { node, input, output, removable };
  },
  rewrite({ node, input, output, removable }, edit) {
    const replacement = removable ? input : edit.node('Identity', [input], { name: node.name }).outputs[0]!;
    edit.replace(output, replacement);
  },
});

function isRemovable(output: Value, input: Value): boolean {
  if (!output.isGraphOutput) return true;
  return input.producer?.graph === output.graph && !input.isGraphOutput;
}
