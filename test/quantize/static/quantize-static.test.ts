import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/ir/attribute.js';
import type { Value } from '../../../src/ir/value.js';
import { staticMode } from '../../../src/quantize/modes/static.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, f32, i64, operators, randomTensor, type GraphBuilder } from '../../support/build.js';
import { conv } from '../../support/layers.js';
import { randomFeeds } from '../../support/passes.js';
import { makeArtifact, type Artifact, type Request } from '../artifact.js';

const image = 'float32[1,8,10,10]';

/** A model of opset 17 from x to y, as its static artifact. */
function artifactOf(
  build: (g: GraphBuilder, x: Value) => Value,
  request: Request & { input?: string } = {},
): Promise<Artifact> {
  const model = buildModel(17, (g) => {
    g.output(build(g, g.input('x', request.input ?? image)), 'y', 'float32');
  });
  return makeArtifact(model, staticMode, request);
}

const relu6 = (g: GraphBuilder, x: Value): Value =>
  g.node('Clip', [
    x,
    g.constant(g.graph.names.fresh('min'), f32([], [0])),
    g.constant(g.graph.names.fresh('max'), f32([], [6])),
  ]);

const weight = (g: GraphBuilder, dims: readonly number[], seed = 3): Value =>
  g.constant(g.graph.names.fresh('weight'), randomTensor(dims, seed, 0.3));

interface Case {
  readonly name: string;
  readonly build: (g: GraphBuilder, x: Value) => Value;
  readonly input?: string;
  /** Multiplying kernels that must be integer; all others must not exist. */
  readonly integer: number;
  /** Quantize and dequantize operators left in the runtime's graph: crossings at the borders only. */
  readonly crossings?: number;
  readonly least?: number;
}

const cases: readonly Case[] = [
  {
    name: 'Conv and Relu',
    build: (g, x) => g.node('Relu', [conv(g, x, [8, 8, 3, 3])]),
    integer: 1,
    crossings: 2,
  },
  {
    name: 'Conv and Clip(0, 6)',
    build: (g, x) => relu6(g, conv(g, x, [8, 8, 3, 3])),
    integer: 1,
    crossings: 2,
  },
  {
    name: 'Conv without bias',
    build: (g, x) => conv(g, x, [8, 8, 3, 3], { bias: 0 }),
    integer: 1,
    crossings: 2,
  },
  {
    name: 'depthwise Conv',
    build: (g, x) => conv(g, x, [8, 1, 3, 3], { group: 8 }),
    integer: 1,
    crossings: 2,
  },
  { name: 'grouped Conv', build: (g, x) => conv(g, x, [8, 4, 3, 3], { group: 2 }), integer: 1, crossings: 2 },
  {
    name: '1-D Conv',
    build: (g, x) => g.node('Relu', [conv(g, x, [8, 4, 3])]),
    input: 'float32[1,4,20]',
    integer: 1,
  },
  {
    name: '3-D Conv',
    build: (g, x) => g.node('Relu', [conv(g, x, [4, 2, 3, 3, 3])]),
    input: 'float32[1,2,6,6,6]',
    integer: 1,
  },
  {
    name: 'a residual Add and Relu',
    build: (g, x) => {
      const first = g.node('Relu', [conv(g, x, [8, 8, 3, 3], { pads: [1, 1, 1, 1] })]);
      const second = conv(g, first, [8, 8, 3, 3], { pads: [1, 1, 1, 1] });
      return g.node('Relu', [g.node('Add', [second, first])]);
    },
    integer: 2,
    crossings: 3,
  },
  {
    name: 'pools and Gemm',
    build: (g, x) => {
      const features = g.node('Relu', [conv(g, x, [16, 8, 3, 3])]);
      const pooled = g.node('MaxPool', [features], { kernel_shape: [2, 2], strides: [2, 2] });
      const average = g.node('GlobalAveragePool', [pooled]);
      const flat = g.node('Flatten', [average]);
      return g.node('Gemm', [flat, weight(g, [10, 16]), g.constant('b', randomTensor([10], 9))], {
        transB: 1,
      });
    },
    integer: 2,
    crossings: 2,
  },
  {
    name: 'a squeeze-and-excitation gate',
    build: (g, x) => {
      const features = g.node('Relu', [conv(g, x, [8, 8, 3, 3])]);
      const squeezed = g.node('GlobalAveragePool', [features]);
      const inner = g.node('Relu', [conv(g, squeezed, [4, 8, 1, 1])]);
      const gate = g.node('Sigmoid', [conv(g, inner, [8, 4, 1, 1])]);
      return conv(g, g.node('Mul', [features, gate]), [8, 8, 1, 1]);
    },
    integer: 4,
    crossings: 2,
  },
  {
    name: 'Reshape, Transpose, Unsqueeze and Squeeze in between',
    build: (g, x) => {
      const first = g.node('Relu', [conv(g, x, [8, 8, 3, 3])]);
      const turned = g.node('Transpose', [first], { perm: [0, 1, 3, 2] });
      const wide = g.node('Unsqueeze', [turned, g.constant('axes', i64(2))]);
      const again = g.node('Squeeze', [wide, g.constant('axes_again', i64(2))]);
      const shaped = g.node('Reshape', [again, g.constant('shape', i64(1, 16, 4, 8))]);
      return conv(g, shaped, [8, 16, 1, 1]);
    },
    integer: 2,
    crossings: 2,
  },
  {
    name: 'Resize to the nearest, and LeakyRelu',
    build: (g, x) => {
      const first = g.node('LeakyRelu', [conv(g, x, [8, 8, 3, 3])], { alpha: attribute.float(0.2) });
      const scales = g.constant('scales', f32([4], [1, 1, 2, 2]));
      return conv(g, g.node('Resize', [first, undefined, scales]), [8, 8, 1, 1]);
    },
    integer: 2,
    crossings: 2,
  },
  {
    name: 'Add and Mul with constants',
    build: (g, x) => {
      const first = g.node('Relu', [conv(g, x, [8, 8, 3, 3])]);
      const scaled = g.node('Mul', [first, g.constant('factor', randomTensor([1, 8, 1, 1], 5))]);
      const shifted = g.node('Add', [g.constant('offset', randomTensor([1, 1, 8, 1], 6)), scaled]);
      return conv(g, g.node('Relu', [shifted]), [8, 8, 1, 1]);
    },
    integer: 2,
    crossings: 2,
  },
  {
    name: 'a value with itself: Add(x, x) and Mul(x, x)',
    build: (g, x) => {
      const first = g.node('Relu', [conv(g, x, [8, 8, 3, 3])]);
      const doubled = g.node('Add', [first, first]);
      return conv(g, g.node('Mul', [doubled, doubled]), [8, 8, 1, 1]);
    },
    integer: 2,
    crossings: 2,
    least: 24,
  },
  {
    name: 'a two-dimensional MatMul',
    build: (g, x) => g.node('MatMul', [x, weight(g, [24, 12])]),
    input: 'float32[5,24]',
    integer: 1,
    crossings: 2,
  },
  {
    name: 'a MatMul with a batch of data',
    build: (g, x) => g.node('MatMul', [x, weight(g, [24, 12])]),
    input: 'float32[2,5,24]',
    integer: 1,
    crossings: 2,
  },
  {
    name: 'a MatMul with a batch of weights',
    build: (g, x) => g.node('MatMul', [x, weight(g, [3, 24, 12])]),
    input: 'float32[3,5,24]',
    integer: 1,
  },
  {
    name: 'Split into two branches',
    build: (g, x) => {
      const first = g.node('Relu', [conv(g, x, [8, 8, 3, 3])]);
      const [a, b] = g.nodes('Split', [first], { axis: 1 }, { outputs: 2 });
      return g.node('Add', [conv(g, a!, [4, 4, 1, 1]), conv(g, b!, [4, 4, 1, 1])]);
    },
    integer: 3,
    crossings: 3,
  },
  {
    name: 'one activation for two readers',
    build: (g, x) => {
      const first = g.node('Relu', [conv(g, x, [8, 8, 3, 3])]);
      return g.node('Add', [conv(g, first, [8, 8, 1, 1]), conv(g, first, [8, 8, 1, 1])]);
    },
    integer: 3,
    crossings: 3,
  },
  {
    name: 'float operators in between',
    build: (g, x) => {
      const first = g.node('Tanh', [conv(g, x, [8, 8, 3, 3])]);
      return conv(g, first, [8, 8, 1, 1]);
    },
    integer: 2,
    crossings: 4,
  },
];

describe('static quantization', () => {
  it.each(cases)(
    '$name: close, and integer kernels only',
    async ({ build, input, integer, crossings, least }) => {
      const artifact = await artifactOf(build, input === undefined ? {} : { input });
      expect(artifact.sqnr).toBeGreaterThan(least ?? 28);
      expect({ ...artifact.kernels, left: artifact.report.left }).toMatchObject({
        integer,
        float: 0,
        integer_share_of_macs: 1,
        left: [],
      });
      expect(artifact.report.changed).toBe(integer);
      if (crossings !== undefined)
        expect(artifact.kernels.quantize_nodes + artifact.kernels.dequantize_nodes).toBe(crossings);
    },
  );

  it('takes Relu and Clip into the range of the integers', async () => {
    const { model } = await artifactOf((g, x) => conv(g, relu6(g, conv(g, x, [8, 8, 3, 3])), [8, 8, 1, 1]));
    expect(operators(model).filter((name) => !/^(De)?[Qq]uantizeLinear$/.test(name))).toEqual([
      'Conv',
      'Conv',
    ]);
  });

  it('leaves a Clip alone whose lower bound is above zero', async () => {
    const { model, sqnr } = await artifactOf((g, x) =>
      g.node('Clip', [
        conv(g, x, [8, 8, 3, 3]),
        g.constant('min', f32([], [0.5])),
        g.constant('max', f32([], [6])),
      ]),
    );
    expect(operators(model)).toContain('Clip');
    expect(sqnr).toBeGreaterThan(28);
  });

  it('keeps the Relu where the Conv itself is an output as well', async () => {
    const model = buildModel(17, (g) => {
      const raw = conv(g, g.input('x', image), [8, 8, 3, 3]);
      const active = g.node('Relu', [raw]);
      g.output(raw, 'raw', 'float32');
      g.output(active, 'active', 'float32');
    });
    const { sqnr, outputs } = await makeArtifact(model, staticMode);
    expect(sqnr).toBeGreaterThan(28);
    expect(Math.min(...outputs[1].get('active')!.toFloat32())).toBe(0);
    expect(Math.min(...outputs[1].get('raw')!.toFloat32())).toBeLessThan(0);
  });

  it('gives out a value that is read on, under its name', async () => {
    const model = buildModel(17, (g) => {
      const first = g.node('Relu', [conv(g, g.input('x', image), [8, 8, 3, 3])]);
      g.output(conv(g, first, [4, 8, 1, 1]), 'y', 'float32');
      g.output(first, 'features', 'float32');
    });
    const { sqnr, kernels } = await makeArtifact(model, staticMode);
    expect(sqnr).toBeGreaterThan(28);
    expect(kernels).toMatchObject({ integer: 2, float: 0 });
  });

  it('stores weights that two Convs share once', async () => {
    const model = buildModel(17, (g) => {
      const shared = weight(g, [8, 8, 3, 3]);
      const x = g.input('x', image);
      const bias = (name: string): Value => g.constant(name, randomTensor([8], 4));
      const settings = { pads: [1, 1, 1, 1] };
      const first = g.node('Relu', [g.node('Conv', [x, shared, bias('b1')], settings)]);
      g.output(g.node('Conv', [first, shared, bias('b2')], settings), 'y', 'float32');
    });
    const { model: artifact, kernels, sqnr } = await makeArtifact(model, staticMode);
    const weights = [...artifact.graph.constants()].filter(({ constant }) => constant.dims.length === 4);
    expect(weights.map(({ constant }) => constant.dtype)).toEqual(['int8']);
    expect(kernels).toMatchObject({ integer: 2, float: 0 });
    expect(sqnr).toBeGreaterThan(28);
  });

  it('takes uint8 inputs of the model as they stand', async () => {
    const model = buildModel(17, (g) => {
      const scale = g.constant('s', f32([], [1 / 64]));
      const zero = g.constant('z', Tensor.fromNumbers('uint8', [], [128]));
      const x = g.node('DequantizeLinear', [g.input('x', 'uint8[1,8,10,10]'), scale, zero]);
      g.output(g.node('Relu', [conv(g, x, [8, 8, 3, 3])]), 'y', 'float32');
    });
    const samples = [1, 2, 3].map((seed) => {
      const numbers = randomTensor([1, 8, 10, 10], seed, 40).toFloat32();
      return new Map([
        [
          'x',
          Tensor.fromNumbers(
            'uint8',
            [1, 8, 10, 10],
            numbers.map((value) => 128 + Math.round(value)),
          ),
        ],
      ]);
    });
    const { kernels, sqnr } = await makeArtifact(model, staticMode, { samples });
    expect(kernels).toMatchObject({ integer: 1, float: 0, quantize_nodes: 0, dequantize_nodes: 1 });
    expect(sqnr).toBeGreaterThan(28);
  });

  it.each([
    ['transposed', { transB: 1 }, [12, 24]],
    ['plain', { transB: 0 }, [24, 12]],
  ] as const)('folds the factors of a %s Gemm into its weights and bias', async (_, settings, dims) => {
    const { sqnr, kernels, model } = await artifactOf(
      (g, x) =>
        g.node('Gemm', [x, weight(g, dims), g.constant('b', randomTensor([12], 7, 4))], {
          ...settings,
          alpha: attribute.float(2),
          beta: attribute.float(0.5),
        }),
      { input: 'float32[5,24]' },
    );
    expect(sqnr).toBeGreaterThan(32);
    expect(kernels).toMatchObject({ integer: 1, float: 0 });
    const gemm = [...model.graph.nodes()].find((node) => node.is('Gemm'))!;
    expect([gemm.float('alpha', 1), gemm.float('beta', 1)]).toEqual([1, 1]);
  });

  it.each([[[] as number[]], [[1]], [[1, 12]], [[12]]])('adds a Gemm bias of dims %j', async (dims) => {
    const { sqnr, kernels } = await artifactOf(
      (g, x) => g.node('Gemm', [x, weight(g, [24, 12]), g.constant('b', randomTensor(dims, 7))]),
      { input: 'float32[5,24]' },
    );
    expect(sqnr).toBeGreaterThan(32);
    expect(kernels).toMatchObject({ integer: 1, float: 0 });
  });

  it('keeps a bias whose channel has no weights', async () => {
    const { outputs } = await artifactOf(
      (g, x) => {
        const weights = randomTensor([4, 8, 1, 1], 3, 1e-3).toFloat32().slice();
        weights.fill(0, 8, 16);
        const w = g.constant('w', Tensor.float32([4, 8, 1, 1], weights));
        return g.node('Conv', [x, w, g.constant('b', f32([4], [1, 0.3, -1, 0]))]);
      },
      { samples: [new Map([['x', randomTensor([1, 8, 10, 10], 1, 100)]])] },
    );
    const found = outputs[1].get('y')!.toFloat32();
    expect(Math.abs(found[100]! - 0.3)).toBeLessThan(0.01);
  });

  it('keeps a bias that is large against its weights', async () => {
    const { outputs } = await artifactOf((g, x) => {
      const w = g.constant('w', randomTensor([2, 8, 1, 1], 3, 1e-9));
      return g.node('Conv', [x, w, g.constant('b', f32([2], [1000, -500]))]);
    });
    const found = outputs[1].get('y')!.toFloat32();
    expect(Math.abs(found[0]! - 1000)).toBeLessThan(6);
    expect(Math.abs(found[100]! + 500)).toBeLessThan(6);
  });

  it('works with weights of seven bits', async () => {
    const { x86Avx2 } = await import('../../../src/quantize/targets/x86.js');
    const { model, sqnr } = await artifactOf((g, x) => conv(g, x, [8, 8, 3, 3]), { target: x86Avx2 });
    const stored = [...model.graph.constants()].find(
      ({ constant }) => constant.dtype === 'int8' && constant.size > 8,
    );
    expect(Math.max(...Array.from(stored!.constant.toNumbers(), Math.abs))).toBe(64);
    expect(sqnr).toBeGreaterThan(26);
  });
});

describe('what stays float', () => {
  it('is named with its reason', async () => {
    const { report, kernels, sqnr } = await artifactOf((g, x) => {
      const first = g.node('Relu', [conv(g, x, [8, 8, 3, 3])], {}, { name: 'first' });
      const doubled = g.node('Mul', [
        weight(g, [8, 8, 1, 1]),
        g.node('ReduceMean', [first], { keepdims: 0 }),
      ]);
      return g.node('Conv', [first, doubled], {}, { name: 'computed' });
    });
    expect(report.left).toEqual([{ node: 'computed', op: 'Conv', reason: 'its weights are no constant' }]);
    expect(kernels).toMatchObject({ integer: 1, float: 1 });
    expect(sqnr).toBeGreaterThan(28);
  });

  it('holds ConvTranspose', async () => {
    const { report, kernels } = await artifactOf((g, x) => {
      const first = g.node('Relu', [conv(g, x, [8, 8, 3, 3])]);
      return conv(g, first, [8, 4, 2, 2], {}, 'ConvTranspose');
    });
    expect(kernels).toMatchObject({ integer: 1, float: 1 });
    expect(report.left).toMatchObject([
      { op: 'ConvTranspose', reason: 'the target has no integer kernel for it' },
    ]);
  });

  it('holds what is excluded by name or operator', async () => {
    const build = (g: GraphBuilder, x: Value): Value => {
      const settings = { pads: [1, 1, 1, 1] };
      const one = g.node('Conv', [x, weight(g, [8, 8, 3, 3])], settings, { name: '/body/one' });
      return g.node('Conv', [one, weight(g, [8, 8, 3, 3], 5)], settings, { name: '/head/two' });
    };
    const { report, kernels } = await artifactOf(build, { exclude: ['/head/*'] });
    expect(report.left).toEqual([{ node: '/head/two', op: 'Conv', reason: 'excluded by name' }]);
    expect(kernels).toMatchObject({ integer: 1, float: 1 });
    const model = buildModel(17, (g) => {
      g.output(build(g, g.input('x', image)), 'y', 'float32');
    });
    const none = await makeArtifact(model, staticMode, { exclude: ['op:Conv'] });
    expect(none.report.changed).toBe(0);
    expect(none.sqnr).toBe(Infinity);
  });

  it.each([
    [
      'a bias for each row',
      (g: GraphBuilder, x: Value) =>
        g.node('Gemm', [x, weight(g, [24, 12]), g.constant('b', randomTensor([5, 1], 7))]),
    ],
    [
      'a first operand that is transposed',
      (g: GraphBuilder, x: Value) =>
        g.node('Gemm', [g.node('Transpose', [x]), weight(g, [24, 12])], { transA: 1 }, { name: 'g' }),
    ],
  ])('holds a Gemm with %s', async (_, build) => {
    const { report, kernels } = await artifactOf(build, { input: 'float32[5,24]' });
    expect(kernels.float + kernels.integer).toBe(1);
    if (kernels.float === 1) expect(report.left).toHaveLength(1);
  });
});

describe('Concat', () => {
  /** Branches of a Concat: Conv outputs that are `scales` times as large as the first one, through `after`. */
  const branches = (
    g: GraphBuilder,
    x: Value,
    scales: readonly number[],
    after: (value: Value, index: number) => Value = (value) => value,
  ): Value[] =>
    scales.map((scale, index) => {
      const w = g.constant(`w${index}`, randomTensor([4, 8, 1, 1], 20, 0.3 * scale));
      return after(g.node('Conv', [x, w]), index);
    });

  const scalesOf = ({ model }: Artifact): number[] =>
    [...model.graph.nodes()]
      .filter((node) => node.is('QuantizeLinear'))
      .map((node) => node.inputs[1]!.constant!.toNumbers()[0]!);

  it('gives branches that are alike one scale, and copies bytes', async () => {
    const artifact = await artifactOf((g, x) =>
      conv(g, g.node('Concat', branches(g, x, [1, 1.2, 0.9]), { axis: 1 }), [4, 12, 1, 1]),
    );
    // The input, the three branches and the Concat in one scale, the result.
    expect(new Set(scalesOf(artifact)).size).toBe(3);
    expect(artifact.kernels).toMatchObject({ integer: 4, float: 0, quantize_nodes: 1, dequantize_nodes: 1 });
    expect(artifact.sqnr).toBeGreaterThan(28);
  });

  it('lets branches that differ keep their own scales', async () => {
    const fine = await artifactOf((g, x) =>
      conv(g, g.node('Concat', branches(g, x, [1, 30]), { axis: 1 }), [4, 8, 1, 1]),
    );
    // The input, two branches, the Concat as wide as the wider one, the result.
    expect(new Set(scalesOf(fine)).size).toBeGreaterThanOrEqual(4);
    expect(fine.sqnr).toBeGreaterThan(28);
  });

  it('does not widen again and again where one Concat feeds the next', async () => {
    const artifact = await artifactOf((g, x) => {
      const [a, b, c, d, e] = branches(g, x, [1, 1.7, 2.9, 4.9, 8.3]);
      let joined = a!;
      for (const next of [b!, c!, d!, e!]) joined = g.node('Concat', [joined, next], { axis: 1 });
      return conv(g, joined, [4, 20, 1, 1]);
    });
    // Each branch was to be told in no less than seven bits: 127 steps from end to end.
    const branchScales = [...artifact.model.graph.nodes()]
      .filter((node) => node.is('Conv'))
      .slice(0, 5)
      .map((node) => node.outputs[0]!.consumers[0]!.inputs[1]!.constant!.toNumbers()[0]!);
    expect(branchScales).toHaveLength(5);
    // Ranges grow by 1.7, so that each scale may be at most twice the least that its branch could have.
    branchScales.forEach((scale, index) => {
      expect(scale / branchScales[4]!).toBeLessThan((2.3 * 1.7 ** index) / 1.7 ** 4);
    });
    expect(artifact.sqnr).toBeGreaterThan(28);
  });

  it.each([
    ['Relu', 0.7],
    ['Clip', 0.4],
  ])('does not undo a %s that was folded into one branch', async (opType, scale) => {
    // The other branch reaches a little below zero, and above the Clip.
    const model = buildModel(17, (g) => {
      const x = g.input('x', image);
      const [a, b] = branches(g, x, [1, scale], (value, index) => {
        if (index === 1) return value;
        if (opType === 'Relu') return g.node('Relu', [value]);
        return g.node('Clip', [value, g.constant('min', f32([], [0])), g.constant('max', f32([], [2]))]);
      });
      const shifted = g.node('Add', [b!, g.constant('shift', f32([], [1.2]))]);
      g.output(conv(g, g.node('Concat', [a!, shifted], { axis: 1 }), [4, 8, 1, 1]), 'y', 'float32');
    });
    const { sqnr, kernels } = await makeArtifact(model, staticMode);
    expect(kernels).toMatchObject({ integer: 3, float: 0 });
    expect(sqnr).toBeGreaterThan(28);
  });

  it('keeps a Relu behind it', async () => {
    const { sqnr } = await artifactOf((g, x) =>
      conv(g, g.node('Relu', [g.node('Concat', branches(g, x, [1, 1.2]), { axis: 1 })]), [4, 8, 1, 1]),
    );
    expect(sqnr).toBeGreaterThan(28);
  });

  it('covers a constant operand and an integer input', async () => {
    const { sqnr } = await artifactOf((g, x) => {
      const wide = g.constant('wide', randomTensor([1, 2, 10, 10], 4, 40));
      return conv(g, g.node('Concat', [...branches(g, x, [1]), wide], { axis: 1 }), [4, 6, 1, 1]);
    });
    expect(sqnr).toBeGreaterThan(28);
  });

  it('is fine as an output that is read on, of a value that is read on', async () => {
    const model = buildModel(17, (g) => {
      const x = g.input('x', image);
      const [a, b] = branches(g, x, [1, 1.2]);
      const joined = g.node('Concat', [a!, b!], { axis: 1 });
      g.output(conv(g, joined, [4, 8, 1, 1]), 'y', 'float32');
      g.output(joined, 'joined', 'float32');
      g.output(a!, 'a', 'float32');
    });
    const { sqnr, kernels } = await makeArtifact(model, staticMode);
    expect(kernels).toMatchObject({ integer: 3, float: 0 });
    expect(sqnr).toBeGreaterThan(28);
  });
});

it('keeps a Clip behind a Sigmoid', async () => {
  const { sqnr } = await artifactOf((g, x) => {
    const gate = g.node('Sigmoid', [conv(g, x, [8, 8, 1, 1])]);
    return conv(g, g.node('Clip', [gate, undefined, g.constant('max', f32([], [0.4]))]), [4, 8, 1, 1]);
  });
  expect(sqnr).toBeGreaterThan(28);
});

it('keeps the Relu of a Conv that nothing has activated in any sample', async () => {
  const build = (g: GraphBuilder, x: Value): Value => g.node('Relu', [conv(g, x, [4, 8, 1, 1], { bias: 0 })]);
  const silent = new Map([['x', f32([1, 8, 10, 10], new Array<number>(800).fill(0))]]);
  const { model } = await artifactOf(build, { samples: [silent] });
  const [zero] = [...model.graph.nodes()].filter((node) => node.is('QuantizeLinear')).slice(-1);
  expect(zero!.inputs[2]!.constant!.toNumbers()[0]).toBe(0);
});

it.each([-Infinity, -3.4e38])('leaves an Add of a mask with %d float', async (far) => {
  const { sqnr, kernels } = await artifactOf((g, x) => {
    const mask = g.constant('mask', f32([1, 1, 1, 10], [0, 0, 0, 0, 0, 0, 0, far, far, far]));
    return g.node('Softmax', [g.node('Add', [conv(g, x, [4, 8, 1, 1]), mask])], { axis: -1 });
  });
  expect(kernels).toMatchObject({ integer: 1, float: 0 });
  expect(sqnr).toBeGreaterThan(20);
});

describe('bodies of If', () => {
  it('read what only exists as integers in the main graph', async () => {
    const model = buildModel(17, (g) => {
      const first = g.node('Relu', [conv(g, g.input('x', image), [8, 8, 3, 3])]);
      const second = conv(g, first, [8, 8, 1, 1]);
      const branch = (name: string, opType: string) =>
        g.body(name, (inner) => {
          inner.output(inner.node(opType, [first]), `${name}_out`, 'float32[1,8,8,8]');
        });
      const chosen = g.node('If', [g.input('c', 'bool[1]')], {
        then_branch: branch('yes', 'Neg'),
        else_branch: branch('no', 'Abs'),
      });
      g.output(g.node('Add', [chosen, second]), 'y', 'float32');
    });
    const samples = [0, 1, 1, 0].map(
      (flag, seed) =>
        new Map([
          ['x', randomFeeds(model, seed + 1).get('x')!],
          ['c', Tensor.fromNumbers('bool', [1], [flag])],
        ]),
    );
    const { kernels, sqnr } = await makeArtifact(model, staticMode, { samples });
    expect(kernels).toMatchObject({ integer: 2, float: 0 });
    expect(sqnr).toBeGreaterThan(28);
  });
});
