import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src/ir/model.js';
import type { Value } from '../../../src/ir/value.js';
import { staticMode } from '../../../src/quantize/modes/static.js';
import { tensorrt } from '../../../src/quantize/targets/tensorrt.js';
import { buildModel, f32, i64, operators, randomTensor, type GraphBuilder } from '../../support/build.js';
import { conv } from '../../support/layers.js';
import { makeArtifact } from '../artifact.js';

const dense = (g: GraphBuilder, x: Value, dims: readonly number[], seed = 5): Value =>
  g.node('Gemm', [
    x,
    g.constant(g.graph.names.fresh('w'), randomTensor(dims, seed, 0.2)),
    g.constant(g.graph.names.fresh('b'), randomTensor([dims[1]!], seed)),
  ]);

interface Case {
  readonly name: string;
  readonly build: (g: GraphBuilder, x: Value) => Value;
  readonly contains: readonly string[];
  readonly input?: string;
  /** Float operators that stay. */
  readonly stays?: readonly string[];
}

const cases: readonly Case[] = [
  {
    name: 'Conv and Relu, a residual Add, GlobalAveragePool, Flatten, Gemm',
    contains: ['QLinearConv', 'com.microsoft.QLinearAdd', 'Flatten', 'com.microsoft.QGemm'],
    build: (g, x) => {
      const first = g.node('Relu', [conv(g, x, [8, 4, 3, 3], { pads: [1, 1, 1, 1] })]);
      const second = conv(g, first, [8, 8, 3, 3], { pads: [1, 1, 1, 1] });
      const sum = g.node('Relu', [g.node('Add', [second, first])]);
      const pooled = g.node('GlobalAveragePool', [conv(g, sum, [8, 8, 1, 1])]);
      return dense(g, g.node('Flatten', [pooled]), [8, 5]);
    },
  },
  {
    name: 'Concat of depthwise and grouped Conv, MaxPool, AveragePool',
    contains: ['QLinearConv', 'com.microsoft.QLinearConcat', 'MaxPool', 'com.microsoft.QLinearAveragePool'],
    build: (g, x) => {
      const wide = conv(g, x, [8, 4, 1, 1]);
      const parts = [conv(g, wide, [8, 1, 3, 3], { group: 8 }), conv(g, wide, [8, 4, 3, 3], { group: 2 })];
      const pooled = g.node('MaxPool', [g.node('Concat', parts, { axis: 1 })], { kernel_shape: [2, 2] });
      const mean = g.node('AveragePool', [pooled], { kernel_shape: [2, 2], strides: [2, 2] });
      return conv(g, mean, [4, 16, 1, 1]);
    },
  },
  {
    name: 'MatMul, Sigmoid, Mul, LeakyRelu, Reshape',
    contains: [
      'QLinearMatMul',
      'com.microsoft.QLinearSigmoid',
      'com.microsoft.QLinearMul',
      'com.microsoft.QLinearLeakyRelu',
      'Reshape',
    ],
    input: 'float32[6,16]',
    build: (g, x) => {
      const product = g.node('MatMul', [x, g.constant('m', randomTensor([16, 16], 2, 0.3))]);
      const gated = g.node('Mul', [product, g.node('Sigmoid', [product])]);
      const leaky = g.node('LeakyRelu', [gated]);
      const shaped = g.node('Reshape', [leaky, g.constant('shape', i64(12, 8))]);
      return g.node('MatMul', [shaped, g.constant('n', randomTensor([8, 4], 3, 0.3))]);
    },
  },
  {
    name: 'a Split and a constant operand',
    contains: ['QLinearConv', 'Split', 'com.microsoft.QLinearAdd'],
    build: (g, x) => {
      const [a, b] = g.nodes(
        'Split',
        [conv(g, x, [8, 4, 1, 1]), g.constant('sizes', i64(4, 4))],
        { axis: 1 },
        { outputs: 2 },
      );
      const shifted = g.node('Add', [a, g.constant('shift', randomTensor([1, 4, 1, 1], 9))]);
      const sum = g.node('Add', [conv(g, shifted, [4, 4, 1, 1]), conv(g, b!, [4, 4, 1, 1])]);
      return conv(g, sum, [4, 4, 1, 1]);
    },
  },
  {
    name: 'a float operator in the middle: its crossings stay',
    contains: ['QLinearConv', 'Softplus', 'DequantizeLinear'],
    stays: ['Softplus'],
    build: (g, x) => conv(g, g.node('Softplus', [conv(g, x, [8, 4, 1, 1])]), [4, 8, 1, 1]),
  },
];

function modelOf({ build, input = 'float32[1,4,12,12]' }: Case): Model {
  return buildModel(17, (g) => g.output(build(g, g.input('x', input)), 'y', 'float32'));
}

const integerTypes =
  /^(com\.microsoft\.)?Q|^(QuantizeLinear|DequantizeLinear|MaxPool|Flatten|Reshape|Split)$/;

describe('the form of operators on integers', () => {
  it.each(cases)('computes what the pairs do: $name', async (one) => {
    const model = modelOf(one);
    const pairs = await makeArtifact(model, staticMode, { format: 'qdq' });
    const own = await makeArtifact(model, staticMode, { format: 'qoperator' });
    const [a, b] = [pairs, own].map(({ outputs }) => outputs[1].get('y')!.toFloat32());
    // One integer of the output at most, where the two are rounded in another order.
    const step = Math.max(...a!.map(Math.abs)) / 100;
    const differing = a!.filter((value, at) => Math.abs(value - b![at]!) > 1e-6 * Math.abs(value));
    a!.forEach((value, at) => {
      expect(Math.abs(value - b![at]!)).toBeLessThanOrEqual(step);
    });
    expect(differing.length).toBeLessThanOrEqual(0.05 * a!.length);
    expect(own.kernels.integer).toBe(pairs.kernels.integer);
    expect(own.kernels.float).toBe(0);
    const found = operators(own.model);
    for (const name of one.contains) expect(found).toContain(name);
    expect(found.filter((name) => !integerTypes.test(name))).toEqual(one.stays ?? []);
  });

  it('folds alpha of a Gemm, and keeps transB', async () => {
    const model = buildModel(17, (g) => {
      const x = g.input('x', 'float32[3,16]');
      const weights = [g.constant('w', randomTensor([8, 16], 4)), g.constant('b', randomTensor([8], 5))];
      const first = g.node('Gemm', [x, ...weights], { transB: 1 });
      g.output(
        g.node('Gemm', [
          first,
          g.constant('v', randomTensor([8, 4], 6)),
          g.constant('c', f32([4], [1, 2, 3, 4])),
        ]),
        'y',
        'float32',
      );
    });
    const artifact = await makeArtifact(model, staticMode, { format: 'qoperator' });
    expect(artifact.kernels).toMatchObject({ integer: 2, float: 0 });
    expect(artifact.sqnr).toBeGreaterThan(30);
  });

  it('is refused for a target that reads pairs', async () => {
    await expect(
      makeArtifact(modelOf(cases[0]!), staticMode, { format: 'qoperator', target: tensorrt }),
    ).rejects.toMatchObject({
      code: 'usage',
    });
  });
});
