import { describe, expect, it } from 'vitest';
import type { Value } from '../../../src/ir/value.js';
import { dynamicMode } from '../../../src/quantize/modes/dynamic.js';
import { staticMode } from '../../../src/quantize/modes/static.js';
import { refuseQuantized } from '../../../src/quantize/recognize.js';
import { withOptimizedGraph } from '../../../src/runtime/optimized-graph.js';
import { buildModel, i64, operators, randomTensor, type GraphBuilder } from '../../support/build.js';
import { randomFeeds } from '../../support/passes.js';
import { makeArtifact, type Artifact } from '../artifact.js';

type Build = (g: GraphBuilder, x: Value) => Value;

function artifactOf(input: string, build: Build, exclude: readonly string[] = []): Promise<Artifact> {
  const model = buildModel(17, (g) => {
    g.output(build(g, g.input('x', input)), 'y', 'float32');
  });
  return makeArtifact(model, dynamicMode, { exclude });
}

const weight = (g: GraphBuilder, dims: readonly number[], seed = 3): Value =>
  g.constant(g.graph.names.fresh('weight'), randomTensor(dims, seed, 0.3));

/** Of everything that multiplies in the file: the bytes of the constants, and of these in int8. */
function bytesOf({ model }: Artifact): { all: number; int8: number } {
  const constants = [...model.graphs()].flatMap((graph) => [...graph.constants()]);
  const sum = (values: typeof constants): number =>
    values.reduce((total, { constant }) => total + constant.byteLength, 0);
  return { all: sum(constants), int8: sum(constants.filter(({ constant }) => constant.dtype === 'int8')) };
}

const cases: [string, string, number, Build][] = [
  [
    'GRU',
    'float32[5,2,24]',
    3 * 32 * (24 + 32),
    (g, x) => g.node('GRU', [x, weight(g, [1, 96, 24]), weight(g, [1, 96, 32], 5)], { hidden_size: 32 }),
  ],
  [
    'a GRU in both directions',
    'float32[5,2,24]',
    2 * 3 * 32 * (24 + 32),
    (g, x) =>
      g.node('GRU', [x, weight(g, [2, 96, 24]), weight(g, [2, 96, 32], 5)], {
        hidden_size: 32,
        direction: 'bidirectional',
      }),
  ],
  ['Conv', 'float32[1,16,9,9]', 24 * 16 * 9, (g, x) => g.node('Conv', [x, weight(g, [24, 16, 3, 3])])],
  [
    'a grouped ConvTranspose',
    'float32[1,16,9,9]',
    16 * 12 * 9,
    (g, x) => g.node('ConvTranspose', [x, weight(g, [16, 12, 3, 3])], { group: 2 }),
  ],
  [
    'MatMul by a stack',
    'float32[3,7,24]',
    3 * 24 * 20,
    (g, x) => g.node('MatMul', [x, weight(g, [3, 24, 20])]),
  ],
  [
    'MatMul with the weights in front',
    'float32[24,20]',
    40 * 24,
    (g, x) => g.node('MatMul', [weight(g, [40, 24]), x]),
  ],
];

it('is mixed: Conv in static integers, LSTM in dynamic ones, GRU in float with stored weights', async () => {
  const model = buildModel(17, (g) => {
    const x = g.input('x', 'float32[1,16,20]');
    const features = g.node('Relu', [g.node('Conv', [x, weight(g, [32, 16, 3])])]);
    const steps = g.node('Transpose', [features], { perm: [2, 0, 1] });
    const lstm = g.node('LSTM', [steps, weight(g, [1, 128, 32]), weight(g, [1, 128, 32], 4)], {
      hidden_size: 32,
    });
    const joined = g.node('Squeeze', [lstm, g.constant('axis', i64(1))]);
    const gru = g.node('GRU', [joined, weight(g, [1, 96, 32], 6), weight(g, [1, 96, 32], 7)], {
      hidden_size: 32,
    });
    g.output(gru, 'y', 'float32');
  });
  const { report, kernels, sqnr } = await makeArtifact(model, staticMode);
  expect(report).toMatchObject({ changed: 3, left: [{ op: 'GRU' }] });
  expect(kernels).toMatchObject({ integer: 2, float: 1 });
  expect(sqnr).toBeGreaterThan(25);
});

describe('weights that are stored as int8 and made float when the model is opened', () => {
  it.each(cases)('are those of %s', async (_, input, weights, build) => {
    const artifact = await artifactOf(input, build);
    expect(artifact.report.changed).toBe(1);
    expect(bytesOf(artifact).int8).toBe(weights);
    expect(bytesOf(artifact).all).toBeLessThan(weights * 1.4);
    expect(artifact.sqnr).toBeGreaterThan(38);
  });

  it.each(cases)('leave %s the float kernel that it had', async (_, input, __, build) => {
    const { bytes, model } = await artifactOf(input, build);
    const kernels = await withOptimizedGraph(model, randomFeeds(model, 1), 1, ({ model: optimized }) =>
      Promise.resolve(operators(optimized)),
    );
    expect(bytes.length).toBeGreaterThan(0);
    expect(kernels.filter((name) => name === 'Cast' || name === 'Mul')).toEqual([]);
  });

  it('are within half a step of what they were, and shared by all readers', async () => {
    const { model, sqnr } = await artifactOf('float32[1,16,9,9]', (g, x) => {
      const shared = weight(g, [16, 16, 3, 3]);
      return g.node('Conv', [g.node('Conv', [x, shared]), shared]);
    });
    expect(operators(model)).toEqual(['Cast', 'Mul', 'Conv', 'Conv']);
    expect(sqnr).toBeGreaterThan(35);
  });

  it('are recognised as quantized', async () => {
    const { model } = await artifactOf('float32[1,16,9,9]', (g, x) =>
      g.node('Conv', [x, weight(g, [24, 16, 3, 3])]),
    );
    expect(() => {
      refuseQuantized(model, 'file');
    }).toThrow('file is quantized already: it holds 1 weights stored as int8');
  });

  it('stay float where a node is excluded, or something else reads them', async () => {
    const excluded = artifactOf(
      'float32[1,16,9,9]',
      (g, x) => g.node('Conv', [x, weight(g, [24, 16, 3, 3])]),
      ['op:Conv'],
    );
    expect((await excluded).report.changed).toBe(0);
    const { report } = await artifactOf('float32[1,16,3,3]', (g, x) => {
      const shared = weight(g, [24, 16, 3, 3]);
      return g.node('Add', [g.node('Conv', [x, shared]), g.node('ReduceMax', [shared], { keepdims: 0 })]);
    });
    expect(report.changed).toBe(1);
  });
});
