import { fusion, miss } from '../fusion.js';
import type { Pass } from '../pass.js';
import { geluOf, standsAlone } from './gelu.js';
import { needsRuntimeDomain, runtimeDomain } from './runtime-domain.js';

const pattern = fusion({
  name: 'runtime-gelu',
  summary: "Makes onnxruntime's Gelu and FastGelu out of their arithmetic, at any operator set",
  effect: 'reorders-floats',
  root: ['Mul', 'Div'],
  match(node) {
    const found = geluOf(node);
    const [output] = node.outputs;
    if (found === undefined || output === undefined) return undefined;
    if (!standsAlone(found, output)) return miss('a part of it is read elsewhere as well');
    return { ...found, output, name: node.name };
  },
  rewrite({ input, approximate, output, name }, edit) {
    const opType = approximate === 'none' ? 'Gelu' : 'FastGelu';
    const replacement = edit.node(opType, [input], { name, domain: runtimeDomain }).outputs[0]!;
    replacement.type = output.type;
    edit.replace(output, replacement);
  },
});

export const runtimeGelu: Pass = needsRuntimeDomain(pattern);
