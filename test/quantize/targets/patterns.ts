import { attribute } from '../../../src/ir/attribute.js';
import type { Value } from '../../../src/ir/value.js';
import type { Model } from '../../../src/ir/model.js';
import type { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, f32, i64, randomTensor, type GraphBuilder, type Setting } from '../../support/build.js';
import { conv } from '../../support/layers.js';

export type Build = (g: GraphBuilder, a: Value, b: Value) => Value;

export const constant = (g: GraphBuilder, tensor: Tensor): Value =>
  g.constant(g.graph.names.fresh('c'), tensor);
const unary =
  (opType: string, settings: Record<string, Setting> = {}): Build =>
  (g, a) =>
    g.node(opType, [a], settings);

/** A rank more, turned there, and back: without the Transpose the two would cancel. */
const deeperAndBack: Build = (g, a) => {
  const deeper = g.node('Unsqueeze', [a, constant(g, i64(0))]);
  const turned = g.node('Transpose', [deeper], { perm: [0, 1, 2, 4, 3] });
  return g.node('Squeeze', [turned, constant(g, i64(0))]);
};

/**
 * For every operator of the table: how it looks between two Convs ([1, 8, 6, 6]), and the kernel that the runtime
 * makes of it. A release of the runtime that changes its rules fails here.
 */
export const kernels: Readonly<Record<string, { readonly kernel: string; readonly build: Build }>> = {
  Conv: { kernel: 'QLinearConv', build: (g, a) => conv(g, a, [8, 8, 1, 1]) },
  Gemm: {
    kernel: 'QGemm',
    build: (g, a) => {
      const flat = g.node('Flatten', [a]);
      const w = [constant(g, randomTensor([288, 72], 3, 0.1)), constant(g, randomTensor([72], 4))];
      return g.node('Reshape', [g.node('Gemm', [flat, ...w]), constant(g, i64(1, 8, 3, 3))]);
    },
  },
  MatMul: {
    kernel: 'QLinearMatMul',
    build: (g, a) => g.node('MatMul', [a, constant(g, randomTensor([6, 6], 3))]),
  },
  Add: { kernel: 'QLinearAdd', build: (g, a, b) => g.node('Add', [a, b]) },
  Mul: { kernel: 'QLinearMul', build: (g, a, b) => g.node('Mul', [a, b]) },
  Concat: {
    kernel: 'QLinearConcat',
    build: (g, a) => {
      // Ranges far apart, so that the two do not share a scale.
      const small = conv(g, g.node('Mul', [a, constant(g, f32([], [1e-3]))]), [4, 8, 1, 1], { bias: 0 });
      return conv(g, g.node('Concat', [a, small], { axis: 1 }), [8, 12, 1, 1]);
    },
  },
  AveragePool: { kernel: 'QLinearAveragePool', build: unary('AveragePool', { kernel_shape: [2, 2] }) },
  GlobalAveragePool: { kernel: 'QLinearGlobalAveragePool', build: unary('GlobalAveragePool') },
  LeakyRelu: { kernel: 'QLinearLeakyRelu', build: unary('LeakyRelu', { alpha: attribute.float(0.1) }) },
  Sigmoid: { kernel: 'QLinearSigmoid', build: unary('Sigmoid') },
  MaxPool: { kernel: 'MaxPool', build: unary('MaxPool', { kernel_shape: [2, 2] }) },
  Reshape: { kernel: 'Reshape', build: (g, a) => g.node('Reshape', [a, constant(g, i64(1, 8, 9, 4))]) },
  Flatten: {
    // One Reshape is made of it and the one behind on the way.
    kernel: 'Reshape',
    build: (g, a) => {
      // Next to each other, Flatten and Reshape would be made one Reshape.
      const turned = g.node('Transpose', [g.node('Flatten', [a], { axis: 2 })], { perm: [1, 0] });
      return g.node('Reshape', [turned, constant(g, i64(1, 8, 9, 4))]);
    },
  },
  Transpose: { kernel: 'Transpose', build: unary('Transpose', { perm: [0, 1, 3, 2] }) },
  Unsqueeze: {
    kernel: 'Unsqueeze',
    build: deeperAndBack,
  },
  Squeeze: {
    kernel: 'Squeeze',
    build: deeperAndBack,
  },
  Slice: {
    kernel: 'Slice',
    build: (g, a) => g.node('Slice', [a, constant(g, i64(1)), constant(g, i64(5)), constant(g, i64(2))]),
  },
  Split: {
    kernel: 'Split',
    build: (g, a) => {
      const [first, second] = g.nodes('Split', [a], { axis: 2 }, { outputs: 2 });
      return g.node('Add', [conv(g, first!, [8, 8, 1, 1]), conv(g, second!, [8, 8, 1, 1])]);
    },
  },
  Gather: {
    kernel: 'Gather',
    build: (g, a) => g.node('Gather', [a, constant(g, i64(0, 3, 5))], { axis: 2 }),
  },
  Expand: {
    kernel: 'Expand',
    build: (g, a) =>
      g.node('Expand', [g.node('MaxPool', [a], { kernel_shape: [6, 6] }), constant(g, i64(1, 8, 4, 4))]),
  },
  Tile: { kernel: 'Tile', build: (g, a) => g.node('Tile', [a, constant(g, i64(1, 1, 2, 1))]) },
  Resize: {
    kernel: 'Resize',
    build: (g, a) =>
      g.node('Resize', [a, undefined, constant(g, f32([4], [1, 1, 2, 2]))], { mode: 'nearest' }),
  },
};

/** The pattern of an operator between Convs, which are integer on every target. */
export function betweenConvs(build: Build): Model {
  return buildModel(17, (g) => {
    const x = g.input('x', 'float32[1,4,6,6]');
    const [a, b] = [conv(g, x, [8, 4, 1, 1]), conv(g, x, [8, 4, 1, 1])];
    g.output(conv(g, build(g, a, b), [4, 8, 1, 1]), 'y', 'float32');
  });
}
