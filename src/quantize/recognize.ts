import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import type { Node } from '../ir/node.js';
import { allOf } from '../ir/walk.js';
import { fixedTensor } from './fixed-tensor.js';

/** Operators that compute with quantized weights. */
const integerOperators =
  /^(QLinear\w+|QGemm|QAttention|ConvInteger|MatMulInteger\w*|Dynamic\w*Quantize(MatMul|LSTM)|MatMulNBits|MatMulBnb4|GatherBlockQuantized|QEmbedLayerNormalization|QMoE)$/;

/**
 * Refuses a model that is quantized already, or whose numbers are 16 bits wide. Rounded activations at the
 * borders of a float model (as converters leave them) are no reason: its weights are still float32.
 */
export function refuseQuantized(model: Model, file: string): void {
  const counts = new Map<string, number>();
  for (const node of allOf(model)) {
    const what = quantizedPart(node);
    if (what !== undefined) counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  if (counts.size === 0) return;
  const found = [...counts].map(([what, count]) => `${count} ${what}`).join(', ');
  throw new InferOptError('model', `${file} is quantized already: it holds ${found}`, {
    hint: 'start from the float32 model that it was made from',
  });
}

/** The element type of most weights: what the model computes in. */
export function weightType(model: Model): string | undefined {
  const bytes = new Map<string, number>();
  for (const graph of model.graphs()) {
    for (const { constant } of graph.constants()) {
      if (/^(b?float|int64|bool)/.test(constant.dtype) && constant.dtype.includes('float')) {
        bytes.set(constant.dtype, (bytes.get(constant.dtype) ?? 0) + constant.byteLength);
      }
    }
  }
  return [...bytes].sort((a, b) => b[1] - a[1])[0]?.[0];
}

function quantizedPart(node: Node): string | undefined {
  if (integerOperators.test(node.opType)) return node.opType;
  const stored = node.is('Cast') ? fixedTensor(node.inputs[0]) : undefined;
  if (stored !== undefined && stored.dims.length > 1 && /^u?int[48]$/.test(stored.dtype))
    return `weights stored as ${stored.dtype}`;
  if (node.opType !== 'DequantizeLinear' || fixedTensor(node.inputs[0]) === undefined) return undefined;
  return 'weights behind DequantizeLinear';
}
