import type { Value } from '../../src/ir/value.js';
import type { DType } from '../../src/tensor/dtype.js';
import { seededRandom } from '../../src/tensor/random.js';
import { elementCount, Tensor } from '../../src/tensor/tensor.js';
import { f32, type GraphBuilder } from '../support/build.js';

/** Scale of every activation in these graphs. */
export const activationScale = 0.05;

/** Seeded whole numbers from -100 to 100. */
export function integers(dtype: DType, dims: readonly number[], seed = 1): Tensor {
  const random = seededRandom(seed);
  const values = Array.from({ length: elementCount(dims) }, () => Math.round(200 * random() - 100));
  return Tensor.fromNumbers(dtype, dims, dtype === 'uint8' ? values.map((value) => value + 128) : values);
}

export function quantize(
  graph: GraphBuilder,
  value: Value,
  dtype: DType = 'uint8',
  zeroPoint?: number,
): Value {
  const [scale, zero] = parameters(graph, dtype, zeroPoint);
  return graph.node('QuantizeLinear', [value, scale, zero]);
}

export function dequantize(
  graph: GraphBuilder,
  value: Value,
  dtype: DType = 'uint8',
  zeroPoint?: number,
): Value {
  const [scale, zero] = parameters(graph, dtype, zeroPoint);
  return graph.node('DequantizeLinear', [value, scale, zero]);
}

/** A value that has gone through QuantizeLinear and DequantizeLinear. */
export function quantized(graph: GraphBuilder, value: Value, dtype: DType = 'uint8', zero?: number): Value {
  return dequantize(graph, quantize(graph, value, dtype, zero), dtype, zero);
}

/** An int8 weight with one scale for each entry of `axis`, through DequantizeLinear. */
export function weight(graph: GraphBuilder, name: string, dims: readonly number[], axis = 0): Value {
  const scale = graph.constant(`${name}_scale`, f32([dims[axis]!], weightScales(dims[axis]!)));
  const zero = graph.constant(
    `${name}_zero`,
    Tensor.fromNumbers('int8', [dims[axis]!], new Array<number>(dims[axis]!).fill(0)),
  );
  return graph.node('DequantizeLinear', [graph.constant(name, integers('int8', dims)), scale, zero], {
    axis,
  });
}

/** An int32 bias whose scale is the one that integer kernels need, times `factor`. */
export function bias(graph: GraphBuilder, name: string, length: number, factor = 1): Value {
  const scales = weightScales(length).map((scale) =>
    Math.fround(factor * Math.fround(Math.fround(activationScale) * Math.fround(scale))),
  );
  const scale = graph.constant(`${name}_scale`, f32([length], scales));
  const zero = graph.constant(
    `${name}_zero`,
    Tensor.fromNumbers('int32', [length], new Array<number>(length).fill(0)),
  );
  return graph.node('DequantizeLinear', [graph.constant(name, integers('int32', [length])), scale, zero], {
    axis: 0,
  });
}

function weightScales(length: number): number[] {
  return Array.from({ length }, (_, index) => 0.001 * (index + 1));
}

function parameters(graph: GraphBuilder, dtype: DType, zero = dtype === 'uint8' ? 128 : 0): [Value, Value] {
  const name = graph.graph.names.fresh('parameter');
  return [
    graph.constant(`${name}_scale`, f32([], [activationScale])),
    graph.constant(`${name}_zero`, Tensor.fromNumbers(dtype, [], [zero])),
  ];
}
