import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import type { DType } from '../../tensor/dtype.js';
import type { Precision } from './intent.js';

/** What a graph itself says about the numbers that it computes with. */
export interface GraphPrecision {
  /** Integers or float8 behind QuantizeLinear; undefined for a graph without. */
  readonly quantized: 'int8' | 'fp8' | undefined;
  /** True when most of its float weights are 16 bits wide, by their type. */
  readonly half: 'fp16' | 'bf16' | undefined;
}

export function graphPrecision(model: Model): GraphPrecision {
  const elements = new Map<DType, number>();
  let quantized: GraphPrecision['quantized'];
  for (const graph of model.graphs()) {
    for (const { constant } of graph.constants())
      elements.set(constant.dtype, (elements.get(constant.dtype) ?? 0) + constant.size);
    for (const node of graph.nodes()) {
      if (!node.is('QuantizeLinear')) continue;
      quantized = integersOf(node)?.startsWith('float8') === true ? 'fp8' : (quantized ?? 'int8');
    }
  }
  const count = (dtype: DType): number => elements.get(dtype) ?? 0;
  const [full, half, brain] = [count('float32'), count('float16'), count('bfloat16')];
  return { quantized, half: half > full ? 'fp16' : brain > full ? 'bf16' : undefined };
}

/** The precision to compile in where none was asked for: what the graph carries. */
export function carriedPrecision({ quantized, half }: GraphPrecision): Precision {
  return quantized ?? half ?? 'fp32';
}

/** True when the graph alone, without flags, means this precision. */
export function carries(graph: GraphPrecision, precision: Precision): boolean {
  if (precision === 'int8' || precision === 'fp8') return graph.quantized === precision;
  if (precision === 'fp32') return graph.quantized === undefined && graph.half === undefined;
  return graph.half === precision && graph.quantized === undefined;
}

/** The type of a QuantizeLinear's output: its zero point's, or uint8 where it has none. */
export function integersOf(node: Node): DType | undefined {
  const zeroPoint = node.inputs[2];
  if (zeroPoint === undefined) return node.attributes.has('output_dtype') ? undefined : 'uint8';
  return zeroPoint.constant?.dtype ?? (zeroPoint.type?.kind === 'tensor' ? zeroPoint.type.dtype : undefined);
}
