import { attribute } from '../../ir/attribute.js';
import { Tensor } from '../../tensor/tensor.js';
import type { Value } from '../../ir/value.js';
import type { Edit } from '../edit.js';
import { fusion, miss } from '../fusion.js';
import { soleProducer } from '../match.js';
import { clampOf, clampOperators, composeClamps, type Clamp } from './clamp.js';

/**
 * Exporters write ReLU6 as Relu, Min(6), Relu and the like. One Clip says it to the kernels and to a
 * quantizer, which then gets the range for nothing.
 */
export const mergeClips = fusion({
  name: 'merge-clips',
  summary: 'Makes one Relu or Clip out of successive Relu, Clip, and Min and Max with a number',
  effect: 'exact',
  needs: ['shapes'],
  root: clampOperators,
  // Clip without consumed_inputs.
  opset: { min: 6 },
  match(node, { opset }) {
    const outer = clampOf(node);
    if (outer === undefined) return undefined;
    const before = soleProducer(outer.input, ...clampOperators);
    const inner = before === undefined ? undefined : clampOf(before);
    if (inner === undefined) return undefined;
    const merged = composeClamps(inner, outer);
    if (opset >= 11 && merged.dtype === undefined && !isRelu(merged))
      return miss('the type of its input is unknown');
    return { merged, output: node.outputs[0]!, name: node.name };
  },
  rewrite({ merged, output, name }, edit, { opset }) {
    const { input } = merged;
    if (isRelu(merged)) edit.replace(output, edit.node('Relu', [input], { name }).outputs[0]!);
    else
      edit.replace(
        output,
        opset < 11 ? clipByAttributes(merged, name, edit) : clipByInputs(merged, name, edit),
      );
  },
});

function isRelu({ low, high }: Clamp): boolean {
  return low === 0 && high === Infinity;
}

function clipByAttributes({ input, low, high }: Clamp, name: string, edit: Edit): Value {
  const attributes = [
    ...(low === -Infinity ? [] : ([['min', attribute.float(low)]] as const)),
    ...(high === Infinity ? [] : ([['max', attribute.float(high)]] as const)),
  ];
  return edit.node('Clip', [input], { name, attributes }).outputs[0]!;
}

function clipByInputs({ input, low, high, dtype }: Clamp, name: string, edit: Edit): Value {
  const bound = (end: string, limit: number): Value | undefined =>
    Number.isFinite(limit)
      ? edit.constant(`${name}_${end}`, Tensor.fromNumbers(dtype!, [], [limit]))
      : undefined;
  const lowest = bound('min', low);
  const highest = bound('max', high);
  const inputs = highest === undefined ? [input, lowest] : [input, lowest, highest];
  return edit.node('Clip', inputs, { name }).outputs[0]!;
}
