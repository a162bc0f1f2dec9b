import type { Node } from '../../ir/node.js';
import { Tensor } from '../../tensor/tensor.js';
import { fusion, miss } from '../fusion.js';

/** Makes the content of a Constant node an initializer of its graph, under the name that the node's output had. */
export const constantNodes = fusion({
  name: 'constant-nodes',
  summary: 'Turns Constant nodes into constants of the graph',
  effect: 'exact',
  root: 'Constant',
  match(node) {
    const [output] = node.outputs;
    if (output === undefined) return undefined;
    // An output has to be computed by something; a Constant node is the least. One that nobody reads is dead.
    if (output.isGraphOutput || output.isUnused) return undefined;
    const tensor = contentOf(node);
    return tensor === undefined
      ? miss('its content is given in a form that is not understood')
      : { output, tensor };
  },
  rewrite({ output, tensor }, edit) {
    const { name } = output;
    const constant = edit.constant(name, tensor);
    edit.replace(output, constant);
    constant.graph.rename(constant, name);
  },
});

function contentOf(node: Node): Tensor | undefined {
  for (const [name, found] of node.attributes) {
    if (name === 'value' && found.kind === 'tensor') return found.value;
    if (name === 'value_float' && found.kind === 'float') return Tensor.float32([], [found.value]);
    if (name === 'value_floats' && found.kind === 'floats')
      return Tensor.float32([found.value.length], found.value);
    if (name === 'value_int' && found.kind === 'int') return Tensor.int64([], [found.value]);
    if (name === 'value_ints' && found.kind === 'ints')
      return Tensor.int64([found.value.length], found.value);
    if (name === 'value_string' && found.kind === 'string') return Tensor.fromStrings([], [found.value]);
    if (name === 'value_strings' && found.kind === 'strings') {
      return Tensor.fromStrings([found.value.length], found.value);
    }
  }
  return undefined;
}
