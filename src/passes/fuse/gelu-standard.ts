import { fusion, miss } from '../fusion.js';
import { geluAttributes, geluOf, standsAlone } from './gelu.js';

export const gelu = fusion({
  name: 'gelu',
  summary: 'Makes Gelu out of its arithmetic, in the form with erf and the one with tanh',
  effect: 'reorders-floats',
  root: ['Mul', 'Div'],
  // The operator came with opset 20.
  opset: { min: 20 },
  match(node) {
    const found = geluOf(node);
    const [output] = node.outputs;
    if (found === undefined || output === undefined) return undefined;
    if (!standsAlone(found, output)) return miss('a part of it is read elsewhere as well');
    return { ...found, output, name: node.name };
  },
  rewrite({ input, approximate, output, name }, edit) {
    const replacement = edit.node('Gelu', [input], { name, attributes: geluAttributes(approximate) })
      .outputs[0]!;
    replacement.type = output.type;
    edit.replace(output, replacement);
  },
});
