import { fusion } from '../../passes/fusion.js';
import { producerOf, scalarOf } from '../../passes/match.js';

/**
 * Converters round the outputs of a float model as well. A runtime that takes symmetric integers alone could not take
 * these, and an output needs no integers.
 */
export const removeOutputQuantization = fusion({
  name: 'remove-output-quantization',
  summary: 'Takes QuantizeLinear and DequantizeLinear off the outputs of the model',
  effect: 'lossy',
  root: 'DequantizeLinear',
  match(node) {
    const quantizeNode = producerOf(node.inputs[0], 'QuantizeLinear');
    if (quantizeNode === undefined || !node.outputs[0]!.isGraphOutput) return undefined;
    const [scale, other] = [scalarOf(node.inputs[1]), scalarOf(quantizeNode.inputs[1])];
    if (scale === undefined || scale !== other) return undefined;
    return { node, source: quantizeNode.inputs[0]! };
  },
  rewrite({ node, source }, edit) {
    edit.replace(node.outputs[0]!, source);
  },
});
