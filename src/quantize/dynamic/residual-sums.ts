import type { Value } from '../../ir/value.js';
import { fusion } from '../../passes/fusion.js';
import { constantOf, knownRank } from '../../passes/match.js';

/**
 * onnxruntime makes SkipLayerNormalization out of a residual Add and the normalization behind it, and its
 * CPU kernel is several times slower than the two apart. Sum says the same and is not fused.
 */
export const residualSums = fusion({
  name: 'residual-sums',
  summary:
    'Writes the residual Add in front of a layer normalization as Sum, so that no slow kernel is made of both',
  effect: 'exact',
  needs: ['shapes'],
  root: 'Add',
  // Sum broadcasts since opset 8.
  opset: { min: 8 },
  match(node) {
    const [a, b] = node.inputs;
    if (a === undefined || b === undefined || constantOf(a) !== undefined || constantOf(b) !== undefined)
      return undefined;
    const output = node.outputs[0]!;
    return knownRank(output) === 3 && isNormalized(output) ? { inputs: [a, b], output } : undefined;
  },
  rewrite({ inputs, output }, edit) {
    edit.replace(output, edit.node('Sum', inputs).outputs[0]!);
  },
});

/** Read by a LayerNormalization, or by the mean and the difference that one written out begins with. */
function isNormalized(value: Value): boolean {
  const readers = value.consumers;
  if (readers.some((reader) => reader.is('LayerNormalization'))) return true;
  return readers.some((reader) => reader.is('ReduceMean')) && readers.some((reader) => reader.is('Sub'));
}
