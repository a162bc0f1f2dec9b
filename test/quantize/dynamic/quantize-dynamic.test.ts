import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/ir/attribute.js';
import type { Value } from '../../../src/ir/value.js';
import { dynamicMode } from '../../../src/quantize/modes/dynamic.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, f32, i64, operators, randomTensor, type GraphBuilder } from '../../support/build.js';
import { makeArtifact, type Artifact, type Request } from '../artifact.js';

function artifactOf(
  input: string,
  build: (g: GraphBuilder, x: Value) => Value,
  request: Request = {},
): Promise<Artifact> {
  const model = buildModel(17, (g) => {
    g.output(build(g, g.input('x', input)), 'y', 'float32');
  });
  return makeArtifact(model, dynamicMode, request);
}

const weight = (g: GraphBuilder, dims: readonly number[], seed = 3): Value =>
  g.constant(g.graph.names.fresh('weight'), randomTensor(dims, seed, 0.3));

const int8Bytes = ({ model }: Artifact): number =>
  [...model.graphs()]
    .flatMap((graph) => [...graph.constants()])
    .filter(({ constant }) => constant.dtype === 'int8')
    .reduce((sum, { constant }) => sum + constant.byteLength, 0);

describe('dynamic quantization of MatMul and Gemm', () => {
  it('makes one kernel of MatMul and bias, for data of any rank', async () => {
    const { sqnr, kernels, report } = await artifactOf('float32[2,7,48]', (g, x) =>
      g.node('Add', [g.node('MatMul', [x, weight(g, [48, 40])]), g.constant('b', randomTensor([40], 5))]),
    );
    expect(sqnr).toBeGreaterThan(34);
    expect(kernels).toMatchObject({ integer: 1, float: 0, integer_share_of_macs: 1 });
    expect(report).toMatchObject({ changed: 1, left: [] });
  });

  it('rounds an input once for all of its readers', async () => {
    const artifact = await artifactOf('float32[2,7,48]', (g, x) => {
      const source = g.node('Relu', [x]);
      const [q, k, v] = [3, 4, 5].map((seed) => g.node('MatMul', [source, weight(g, [48, 40], seed)]));
      const attention = g.node('Softmax', [
        g.node('MatMul', [q!, g.node('Transpose', [k!], { perm: [0, 2, 1] })]),
      ]);
      return g.node('MatMul', [attention, v!]);
    });
    expect(operators(artifact.model).filter((name) => name === 'DynamicQuantizeLinear')).toHaveLength(1);
    expect(artifact.sqnr).toBeGreaterThan(28);
    expect(artifact.kernels).toMatchObject({ integer: 3, float: 2 });
    expect(artifact.report.left.map(({ reason }) => reason)).toEqual([
      'its second operand is no constant',
      'its second operand is no constant',
    ]);
  });

  it.each([
    ['transB', { transB: 1 }, [40, 48], [40], 1],
    ['alpha and beta', { alpha: attribute.float(0.5), beta: attribute.float(2) }, [48, 40], [40], 1],
    ['a bias for each row', { beta: attribute.float(-1) }, [48, 40], [7, 1], 1],
    ['a scalar bias', { transB: 1, alpha: attribute.float(-2) }, [40, 48], [], 1],
    ['no bias', { transB: 1 }, [40, 48], undefined, 1],
    ['transA', { transA: 1 }, [7, 200], [200], 0],
  ] as const)('does a Gemm with %s', async (_, settings, dims, bias, integer) => {
    const { sqnr, kernels } = await artifactOf('float32[7,48]', (g, x) =>
      g.node(
        'Gemm',
        bias === undefined
          ? [x, weight(g, dims)]
          : [x, weight(g, dims), g.constant('b', randomTensor(bias, 5))],
        settings,
      ),
    );
    expect(sqnr).toBeGreaterThan(34);
    expect(kernels).toMatchObject({ integer, float: 1 - integer });
  });

  it('scales a bias that is computed', async () => {
    const { sqnr } = await artifactOf('float32[7,48]', (g, x) => {
      const bias = g.node('ReduceMean', [x], { axes: [1] });
      return g.node('Gemm', [x, weight(g, [48, 40]), bias], { beta: attribute.float(3) });
    });
    expect(sqnr).toBeGreaterThan(34);
  });

  it('stores weights that several nodes share once', async () => {
    const artifact = await artifactOf('float32[2,7,48]', (g, x) => {
      const shared = weight(g, [48, 48]);
      return g.node('MatMul', [g.node('Tanh', [g.node('MatMul', [x, shared])]), shared]);
    });
    expect(artifact.kernels).toMatchObject({ integer: 2, float: 0 });
    // Integers and their zero points.
    expect(int8Bytes(artifact)).toBe(48 * 48 + 48);
    expect(artifact.sqnr).toBeGreaterThan(28);
  });

  it('leaves what cannot gain, and what is excluded, with the reason', async () => {
    const { report } = await artifactOf(
      'float32[4,48]',
      (g, x) => {
        const first = g.node('MatMul', [x, weight(g, [48, 48])], {}, { name: '/first' });
        const second = g.node('MatMul', [first, weight(g, [48, 48], 4)], {}, { name: '/second' });
        return g.node('MatMul', [second, weight(g, [48, 4], 5)], {}, { name: '/third' });
      },
      { exclude: ['/first'] },
    );
    expect(report.left).toEqual([
      { node: '/first', op: 'MatMul', reason: 'excluded by name' },
      { node: '/third', op: 'MatMul', reason: 'it has too few weights to gain' },
    ]);
  });

  it.each(['before', 'behind'])(
    'does bodies of If that read the same value as a MatMul %s it',
    async (where) => {
      const model = buildModel(17, (g) => {
        const x = g.node('Relu', [g.input('x', 'float32[7,48]')]);
        const around = (): Value => g.node('MatMul', [x, weight(g, [48, 48])]);
        const early = where === 'before' ? around() : undefined;
        const branch = (name: string, seed: number) =>
          g.body(name, (inner) => {
            inner.output(
              inner.node('MatMul', [x, weight(g, [48, 48], seed)]),
              `${name}_out`,
              'float32[7,48]',
            );
          });
        const chosen = g.node('If', [g.input('c', 'bool[1]')], {
          then_branch: branch('yes', 8),
          else_branch: branch('no', 9),
        });
        g.output(g.node('Add', [chosen, early ?? around()]), 'y', 'float32');
      });
      const samples = [0, 1].map(
        (flag) =>
          new Map([
            ['x', randomTensor([7, 48], 4 + flag)],
            ['c', Tensor.fromNumbers('bool', [1], [flag])],
          ]),
      );
      const { sqnr, report } = await makeArtifact(model, dynamicMode, { samples });
      expect(report.changed).toBe(3);
      expect(sqnr).toBeGreaterThan(34);
    },
  );

  it('writes the residual in front of a LayerNormalization as Sum', async () => {
    const { model, sqnr } = await artifactOf('float32[2,7,48]', (g, x) => {
      const inner = g.node('MatMul', [x, weight(g, [48, 48])]);
      const scale = g.constant('scale', randomTensor([48], 7));
      return g.node('LayerNormalization', [
        g.node('Add', [inner, x]),
        scale,
        g.constant('shift', randomTensor([48], 8)),
      ]);
    });
    expect(operators(model)).toContain('Sum');
    expect(sqnr).toBeGreaterThan(34);
  });
});

describe('embedding tables', () => {
  const rows = 1100;
  const samples = [new Map([['x', i64(0, 7, 1099, -1, 512).reshaped([1, 5])]])];
  const table = (g: GraphBuilder): Value => {
    const values = randomTensor([rows, 64], 3).toFloat32().slice();
    // Rows of very different sizes, and one of zeros: each has a scale of its own.
    for (let i = 0; i < values.length; i++)
      values[i]! *= Math.floor(i / 64) === 512 ? 0 : 10 ** (Math.floor(i / 64) % 4);
    return g.constant('table', Tensor.float32([rows, 64], values));
  };

  it('become int8 with a scale for each row', async () => {
    const { outputs, model } = await artifactOf('int64[1,5]', (g, x) => g.node('Gather', [table(g), x]), {
      samples,
    });
    expect(operators(model)).toEqual(['Gather', 'Gather', 'Cast', 'Mul']);
    const [expected, found] = outputs.map((tensors) => tensors.get('y')!);
    expect(found!.dims).toEqual([1, 5, 64]);
    for (let row = 0; row < 5; row++) {
      const [a, b] = [expected!, found!].map((tensor) =>
        tensor.toFloat32().subarray(row * 64, row * 64 + 64),
      );
      const step = Math.max(...a!.map(Math.abs)) / 127;
      expect(Math.max(...a!.map((value, i) => Math.abs(value - b![i]!)))).toBeLessThanOrEqual(step * 0.5001);
    }
  });

  it('are stored once for two Gathers', async () => {
    const artifact = await artifactOf(
      'int64[1,5]',
      (g, x) => {
        const shared = table(g);
        const other = g.node('Abs', [x]);
        return g.node('Add', [g.node('Gather', [shared, x]), g.node('Gather', [shared, other])]);
      },
      { samples },
    );
    expect(int8Bytes(artifact)).toBe(rows * 64);
    expect(artifact.sqnr).toBeGreaterThan(34);
  });

  it('may be the output weights as well', async () => {
    const artifact = await artifactOf(
      'int64[1,5]',
      (g, x) => {
        const shared = g.constant('table', randomTensor([rows, 64], 3));
        return g.node('MatMul', [
          g.node('Gather', [shared, x]),
          g.node('Transpose', [shared], { perm: [1, 0] }),
        ]);
      },
      { samples },
    );
    expect(artifact.kernels).toMatchObject({ integer: 1, float: 0 });
    expect(artifact.sqnr).toBeGreaterThan(34);
    expect(artifact.bytes.length).toBeLessThan(rows * 64 * 4 * 0.6);
  });

  it.each([
    ['small', [100, 64], {}],
    ['picked along columns', [64, 1100], { axis: 1 }],
  ] as const)('stay as they are when %s', async (_, dims, settings) => {
    const { report } = await artifactOf(
      'int64[1,5]',
      (g, x) => g.node('Gather', [weight(g, dims), x], settings),
      { samples: [new Map([['x', i64(0, 7, 9, -1, 52).reshaped([1, 5])]])] },
    );
    expect(report).toMatchObject({ changed: 0, left: [] });
  });
});

describe('LSTM', () => {
  const [steps, batch, size, hidden] = [9, 2, 24, 32];

  function lstm(
    directions: number,
    more: { state?: boolean; lengths?: boolean; layout?: boolean; peephole?: boolean },
  ) {
    return buildModel(17, (g) => {
      const x = g.input('x', `float32[${steps},${batch},${size}]`);
      const state = (name: string, seed: number): Value | undefined =>
        more.state === true ? g.constant(name, randomTensor([directions, batch, hidden], seed)) : undefined;
      const inputs = [
        x,
        g.constant('w', randomTensor([directions, 4 * hidden, size], 3, 0.3)),
        g.constant('r', randomTensor([directions, 4 * hidden, hidden], 4, 0.2)),
        g.constant('b', randomTensor([directions, 8 * hidden], 5, 0.3)),
        more.lengths === true
          ? g.constant('lengths', Tensor.fromNumbers('int32', [batch], [9, 4]))
          : undefined,
        state('h', 6),
        state('c', 7),
        more.peephole === true ? g.constant('p', randomTensor([directions, 3 * hidden], 8, 0.3)) : undefined,
      ];
      const settings = {
        hidden_size: hidden,
        direction: directions === 2 ? 'bidirectional' : 'forward',
        ...(more.layout === true ? { layout: 0 } : {}),
      };
      const [all, last, cell] = g.nodes('LSTM', inputs, settings, { name: 'lstm', outputs: 3 });
      g.output(all!, 'all', 'float32');
      g.output(last!, 'last', 'float32');
      g.output(cell!, 'cell', 'float32');
    });
  }

  it.each([
    [1, {}],
    [2, {}],
    [1, { state: true }],
    [2, { state: true, lengths: true }],
    [1, { layout: true }],
    [1, { peephole: true, state: true }],
  ])('with %i directions and %j computes nearly the same in integers', async (directions, more) => {
    const { sqnr, kernels, report, bytes } = await makeArtifact(lstm(directions, more), dynamicMode);
    expect(report).toMatchObject({ changed: 1, left: [] });
    expect(kernels).toMatchObject({ integer: 1, float: 0 });
    // 30 dB is a cosine of 0.9995.
    expect(sqnr).toBeGreaterThan(30);
    expect(bytes.length).toBeLessThan(directions * (4 * hidden * (size + hidden) * 4) * 0.6);
  });

  it('is left float where its weights are computed', async () => {
    const model = buildModel(17, (g) => {
      const x = g.input('x', `float32[${steps},${batch},${size}]`);
      const w = g.input('w', `float32[1,${4 * hidden},${size}]`);
      const r = g.constant('r', randomTensor([1, 4 * hidden, hidden], 4, 0.2));
      g.output(g.node('LSTM', [x, w, r], { hidden_size: hidden }), 'y', 'float32');
    });
    const { report } = await makeArtifact(model, dynamicMode);
    expect(report.left).toMatchObject([{ op: 'LSTM', reason: 'its weights are no constants' }]);
  });
});

it('leaves Conv in float, with weights that are stored as integers', async () => {
  const { kernels, sqnr } = await artifactOf('float32[1,8,10,10]', (g, x) =>
    g.node('Conv', [x, weight(g, [16, 8, 3, 3]), g.constant('b', f32([16], new Array<number>(16).fill(1)))]),
  );
  expect(kernels).toMatchObject({ integer: 0, float: 1 });
  expect(sqnr).toBeGreaterThan(38);
});
