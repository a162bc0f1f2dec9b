import type { Model } from '../ir/model.js';
import type { Node } from '../ir/node.js';
import type { Value } from '../ir/value.js';
import { allOf } from '../ir/walk.js';
import { roundedTensor } from '../passes/fuse/affine.js';
import { InferOptError } from '../errors.js';
import { isFloat } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { weightsOf } from './sparsity.js';

/**
 * A weight tensor that is multiplied, seen as matrices: `groups` of [rows, inputs], an output a row. Conv has
 * its groups, ConvTranspose too, a stack of matrices one each; the others have one.
 */
export interface Layer {
  /** The first node that reads it. */
  readonly node: Node;
  /** Every node that multiplies with it. */
  readonly readers: readonly Node[];
  readonly value: Value & { constant: Tensor };
  readonly groups: number;
  /** Outputs of one group. */
  readonly rows: number;
  /** Inputs of one output: input channels of its group times places of the kernel. */
  readonly inputs: number;
  /** Places of the kernel, next to each other for one channel; neighbours of a pattern are `taps` columns apart. */
  readonly taps: number;
  /** True where the tensor holds columns before rows. */
  readonly transposed: boolean;
}

/** Every weight of Conv, ConvTranspose, Gemm and MatMul, each tensor once, in the order of the nodes. */
export function layersOf(model: Model): Layer[] {
  const readers = new Map<Value, Node[]>();
  for (const node of allOf(model)) {
    const weights = weightsOf(node);
    const value = node.inputs[1];
    if (weights === undefined || value === undefined || !isFloat(weights.tensor.dtype)) continue;
    readers.set(value, [...(readers.get(value) ?? []), node]);
  }
  return [...readers].map(([value, nodes]) => layerOf(value as Value & { constant: Tensor }, nodes));
}

function layerOf(value: Value & { constant: Tensor }, readers: readonly Node[]): Layer {
  const node = readers[0]!;
  const { dims, size } = value.constant;
  const common = { node, readers, value };
  if (node.is('Conv')) {
    const groups = node.int('group', 1);
    const taps = dims.slice(2).reduce((a, b) => a * b, 1);
    return {
      ...common,
      groups,
      rows: dims[0]! / groups,
      inputs: dims[1]! * taps,
      taps,
      transposed: false,
    };
  }
  if (node.is('ConvTranspose')) {
    const groups = node.int('group', 1);
    return {
      ...common,
      groups,
      rows: size / dims[0]!,
      inputs: dims[0]! / groups,
      taps: 1,
      transposed: true,
    };
  }
  if (node.is('Gemm') && node.int('transB', 0) === 1) {
    return { ...common, groups: 1, rows: dims[0]!, inputs: dims[1]!, taps: 1, transposed: false };
  }
  const [inputs, rows] = dims.slice(-2) as [number, number];
  return { ...common, groups: size / (inputs * rows), rows, inputs, taps: 1, transposed: true };
}

/** The weights as [groups, rows, inputs]. */
export function matrixOf(layer: Layer): Float64Array {
  const values = layer.value.constant.toNumbers();
  return layer.transposed
    ? turned(values, layer.groups, layer.inputs, layer.rows)
    : Float64Array.from(values);
}

/** Makes [groups, rows, inputs] the layer's weights, rounded once. */
export function setMatrix(layer: Layer, matrix: Float64Array): void {
  const values = layer.transposed ? turned(matrix, layer.groups, layer.rows, layer.inputs) : matrix;
  const { constant } = layer.value;
  const tensor = roundedTensor(constant.dtype, constant.dims, values);
  if (tensor === undefined) {
    throw new InferOptError(
      'model',
      `repaired weights of ${layer.node.label} do not fit into ${constant.dtype}`,
      {
        hint: 'try --no-repair',
      },
    );
  }
  layer.value.constant = tensor;
}

function turned(values: ArrayLike<number>, groups: number, rows: number, columns: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let g = 0; g < groups; g++) {
    const start = g * rows * columns;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) result[start + c * rows + r] = values[start + r * columns + c]!;
    }
  }
  return result;
}
