import type { Node } from '../../ir/node.js';
import { tensorType } from '../../ir/types.js';
import type { Value } from '../../ir/value.js';
import { fusion, miss } from '../../passes/fusion.js';
import { constantOf, producerOf, uniformOf } from '../../passes/match.js';
import type { Tensor } from '../../tensor/tensor.js';

/** Operators that move elements and can stand between the two halves of a pair. */
const movers = ['Transpose', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Slice'];

/**
 * Converters leave a few rounded activations at the borders of an otherwise float model. They are in the
 * way of a plan for the whole; the plan rounds the same places again, with ranges of its own.
 */
export const removeActivationQuantization = fusion({
  name: 'remove-activation-quantization',
  summary: 'Takes QuantizeLinear and DequantizeLinear pairs off activations before a model is quantized anew',
  effect: 'lossy',
  root: 'DequantizeLinear',
  match(node) {
    const path: Node[] = [];
    let value = node.inputs[0];
    for (
      let mover = producerOf(value, ...movers);
      mover !== undefined;
      mover = producerOf(value, ...movers)
    ) {
      path.unshift(mover);
      value = mover.inputs[0];
    }
    const quantizeNode = producerOf(value, 'QuantizeLinear');
    if (quantizeNode === undefined || node.outputs[0]!.isGraphOutput) return undefined;
    if (!sameConstant(quantizeNode.inputs[1], node.inputs[1]))
      return miss('its scale differs from that of QuantizeLinear');
    if (!sameZeroPoint(quantizeNode.inputs[2], node.inputs[2]))
      return miss('its zero point differs from that of QuantizeLinear');
    return { node, path, source: quantizeNode.inputs[0]! };
  },
  rewrite({ node, path, source }, edit) {
    let value = source;
    for (const mover of path) {
      const copy = edit.node(mover.opType, [value, ...mover.inputs.slice(1)], {
        attributes: mover.attributes,
      });
      const type = mover.outputs[0]?.type;
      value = copy.outputs[0]!;
      if (type?.kind === 'tensor') value.type = tensorType('float32', type.dims);
    }
    edit.replace(node.outputs[0]!, value);
  },
});

function sameConstant(a: Value | undefined, b: Value | undefined): boolean {
  const [left, right] = [constantOf(a), constantOf(b)];
  return left !== undefined && right !== undefined && (left === right || sameBytes(left, right));
}

/** One that is left out is 0. */
function sameZeroPoint(a: Value | undefined, b: Value | undefined): boolean {
  if (a === undefined && b === undefined) return true;
  if (a !== undefined && b !== undefined) return a === b || sameConstant(a, b);
  return uniformOf(a ?? b) === 0;
}

function sameBytes(a: Tensor, b: Tensor): boolean {
  return a.dtype === b.dtype && Buffer.from(a.bytes()).equals(b.bytes());
}
