import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/ir/attribute.js';
import type { Value } from '../../../src/ir/value.js';
import { staticMode } from '../../../src/quantize/modes/static.js';
import { onnxruntimeCpuRules } from '../../../src/quantize/targets/onnxruntime-cpu.js';
import { x86 } from '../../../src/quantize/targets/x86.js';
import { describeKernels } from '../../../src/runtime/kernels.js';
import { withOptimizedGraph } from '../../../src/runtime/optimized-graph.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, f32, i64, randomTensor, type GraphBuilder, type Setting } from '../../support/build.js';
import { conv } from '../../support/layers.js';
import { makeArtifact } from '../artifact.js';

type Build = (g: GraphBuilder, a: Value, b: Value) => Value;

const constant = (g: GraphBuilder, tensor: Tensor): Value => g.constant(g.graph.names.fresh('c'), tensor);
const unary =
  (opType: string, settings: Record<string, Setting> = {}): Build =>
  (g, a) =>
    g.node(opType, [a], settings);

/**
 * For every operator of the table: how it looks between two Convs ([1, 8, 6, 6]), and the kernel that the runtime
 * makes of it. A release of the runtime that changes its rules fails here.
 */
const kernels: Readonly<Record<string, { readonly kernel: string; readonly build: Build }>> = {
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
    build: (g, a) =>
      g.node('Squeeze', [
        g.node('Transpose', [g.node('Unsqueeze', [a, constant(g, i64(0))])], { perm: [0, 1, 2, 4, 3] }),
        constant(g, i64(0)),
      ]),
  },
  Squeeze: {
    kernel: 'Squeeze',
    build: (g, a) =>
      g.node('Squeeze', [
        g.node('Transpose', [g.node('Unsqueeze', [a, constant(g, i64(0))])], { perm: [0, 1, 2, 4, 3] }),
        constant(g, i64(0)),
      ]),
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

describe('the table of the CPU provider', () => {
  const listed = onnxruntimeCpuRules.flatMap(({ operators }) => operators);

  it('has a pattern here for every operator', () => {
    expect(Object.keys(kernels).sort()).toEqual([...listed].sort());
  });

  it.each(listed)('%s runs on integers', async (operator) => {
    const { kernel, build } = kernels[operator]!;
    const model = buildModel(17, (g) => {
      const x = g.input('x', 'float32[1,4,6,6]');
      const [a, b] = [conv(g, x, [8, 4, 1, 1]), conv(g, x, [8, 4, 1, 1])];
      g.output(conv(g, build(g, a, b), [4, 8, 1, 1]), 'y', 'float32');
    });
    const artifact = await makeArtifact(model, staticMode, { target: x86 });
    expect(artifact.kernels.float).toBe(0);
    await withOptimizedGraph(artifact.model, undefined, 1, (optimized) => {
      const nodes = [...optimized.model.graph.nodes()];
      const found = nodes.filter((node) => node.opType === kernel);
      expect(found.length).toBeGreaterThan(0);
      // What goes in is no float: neither it nor anything in front of it was left between conversions.
      for (const node of nodes) {
        const floats = node.inputs.filter((value) => value?.producer?.opType === 'DequantizeLinear');
        expect([node.opType, floats.length]).toEqual([node.opType, 0]);
      }
      expect(nodes.filter(({ opType }) => opType === 'DequantizeLinear')).toHaveLength(1);
    });
  });
});

/** Conv between DequantizeLinear and QuantizeLinear, with what the rules hang on in the caller's hands. */
function pair(settings: {
  activation?: 'uint8' | 'int8';
  biasFactor?: number;
  readers?: number;
  closed?: boolean;
}) {
  const { activation = 'uint8', biasFactor = 1, readers = 1, closed = true } = settings;
  return buildModel(17, (g) => {
    const scale = (value: number): Value => constant(g, f32([], [value]));
    const zero = (dtype: 'uint8' | 'int8' | 'int32'): Value =>
      constant(g, Tensor.fromNumbers(dtype, [], [0]));
    const x = g.input('x', 'float32[1,4,6,6]');
    const q = g.node('QuantizeLinear', [x, scale(0.02), zero(activation)]);
    const real = g.node('DequantizeLinear', [q, scale(0.02), zero(activation)]);
    for (let reader = 0; reader < readers; reader++) {
      const w = constant(g, Tensor.of('int8', [4, 4, 1, 1], new Int8Array(16).fill(3)));
      const b = constant(g, Tensor.of('int32', [4], new Int32Array(4).fill(100)));
      const weights = g.node('DequantizeLinear', [w, scale(0.5), zero('int8')]);
      const bias = g.node('DequantizeLinear', [
        b,
        scale(Math.fround(0.02 * 0.5) * biasFactor),
        zero('int32'),
      ]);
      const y = g.node('Conv', [real, weights, bias]);
      const result = closed
        ? g.node('DequantizeLinear', [
            g.node('QuantizeLinear', [y, scale(0.1), zero(activation)]),
            scale(0.1),
            zero(activation),
          ])
        : y;
      g.output(result, `y${reader}`, 'float32');
    }
  });
}

describe('what the rules hang on', () => {
  it.each([
    ['uint8 activations, the bias at s_x * s_w, an output of integers', {}, 0],
    ['uint8 activations with two readers', { readers: 2 }, 0],
    ['int8 activations with one reader', { activation: 'int8' }, 0],
    ['int8 activations with two readers', { activation: 'int8', readers: 2 }, 2],
    ['a bias at another scale', { biasFactor: 2 }, 1],
    ['no QuantizeLinear behind', { closed: false }, 1],
  ] as const)('%s', async (_, settings, float) => {
    const report = await describeKernels(pair(settings));
    expect(report.float).toBe(float);
  });
});
