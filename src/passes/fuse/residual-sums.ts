import { fusion } from '../fusion.js';
import { dtypeOf, knownRank } from '../match.js';

/**
 * The runtime joins Add and LayerNormalization into an operator of its own that is slower than both together
 * (measured: several times, on x86 with one thread). It looks for Add; Sum of two computes the same.
 */
export const residualSums = fusion({
  name: 'residual-sums',
  summary: 'Writes the Add in front of a LayerNormalization as Sum, which onnxruntime leaves alone',
  effect: 'exact',
  needs: ['shapes'],
  root: 'LayerNormalization',
  opset: { min: 8 },
  match(node) {
    const add = node.inputs[0]?.producer;
    if (add?.is('Add') !== true || dtypeOf(add.outputs[0]) !== 'float32') return undefined;
    // A vector is a bias, of which the runtime makes no residual; a whole table of positions it takes for one.
    const [left, right] = add.inputs;
    if (knownRank(left) !== knownRank(right)) return undefined;
    return { add };
  },
  rewrite({ add }, edit) {
    const output = add.outputs[0]!;
    const sum = edit.node('Sum', add.inputs, { name: add.name, before: add }).outputs[0]!;
    sum.type = output.type;
    edit.replace(output, sum);
  },
});
