import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src/ir/model.js';
import type { Value } from '../../../src/ir/value.js';
import { staticMode } from '../../../src/quantize/modes/static.js';
import { web } from '../../../src/quantize/targets/web.js';
import { x86 } from '../../../src/quantize/targets/x86.js';
import { withOptimizedGraph } from '../../../src/runtime/optimized-graph.js';
import { buildModel, f32, operators, type GraphBuilder } from '../../support/build.js';
import { conv } from '../../support/layers.js';
import { makeArtifact } from '../artifact.js';

const relu = (g: GraphBuilder, x: Value): Value => g.node('Relu', [x]);
const relu6 = (g: GraphBuilder, x: Value): Value =>
  g.node('Clip', [x, g.constant('low', f32([], [0])), g.constant('high', f32([], [6]))]);

/** A picture's Conv, an activation, a pool, and a Conv behind them. */
function stem(
  activation: (g: GraphBuilder, x: Value) => Value,
  { channels = 3, pool = 'MaxPool' }: { channels?: number; pool?: string } = {},
): Model {
  return buildModel(17, (g) => {
    const first = activation(g, conv(g, g.input('x', `float32[1,${channels},24,24]`), [16, channels, 3, 3]));
    const pooled = g.node(pool, [first], { kernel_shape: [3, 3], strides: [2, 2] });
    g.output(conv(g, pooled, [8, 16, 1, 1]), 'y', 'float32');
  });
}

const first = (model: Model): string[] => operators(model).slice(0, 4);

describe('a Conv with short sums in front of a pool', () => {
  it.each([
    ['Relu', relu],
    ['Clip', relu6],
  ])(
    'stays float on x86, the pool in front of its %s, and the runtime leaves it there',
    async (name, act) => {
      const { model, report, sqnr } = await makeArtifact(stem(act), staticMode, { target: x86 });
      expect(first(model)).toEqual(['Conv', 'MaxPool', name, 'QuantizeLinear']);
      expect(report.left).toEqual([
        {
          node: 'conv',
          op: 'Conv',
          reason: 'with sums of 27 products in front of a MaxPool it is faster in float',
        },
      ]);
      expect(sqnr).toBeGreaterThan(30);
      await withOptimizedGraph(model, undefined, 1, (optimized) => {
        const nodes = [...optimized.model.graph.nodes()];
        const pool = nodes.find(({ opType }) => opType.includes('MaxPool'))!;
        expect(pool.inputs[0]!.producer!.opType).toBe('Conv');
        expect(nodes.map(({ opType }) => opType)).toContain('QLinearConv');
      });
    },
  );

  it('is integer where sums are longer, where nothing is pooled, and on targets that say nothing of it', async () => {
    for (const [model, target] of [
      [stem(relu, { channels: 8 }), x86],
      [stem(relu, { pool: 'AveragePool' }), x86],
      [stem(relu), web],
    ] as const) {
      const { report, model: artifact } = await makeArtifact(model, staticMode, { target });
      expect(report.left).toEqual([]);
      expect(first(artifact)[0]).toBe('QuantizeLinear');
    }
  });

  it('has its pool moved as well where it is float because of its name', async () => {
    const model = stem(relu, { channels: 8 });
    const { model: artifact } = await makeArtifact(model, staticMode, { target: x86, exclude: ['conv'] });
    expect(first(artifact)).toEqual(['Conv', 'MaxPool', 'Relu', 'QuantizeLinear']);
  });
});

describe('a pool that something else reads as well', () => {
  it('stays where it is', async () => {
    const model = buildModel(17, (g) => {
      const active = relu(g, conv(g, g.input('x', 'float32[1,3,24,24]'), [16, 3, 3, 3]));
      const pooled = g.node('MaxPool', [active], { kernel_shape: [3, 3], strides: [2, 2] });
      g.output(conv(g, pooled, [8, 16, 1, 1]), 'y', 'float32');
      g.output(g.node('Tanh', [pooled]), 'z', 'float32');
    });
    const { model: artifact, sqnr } = await makeArtifact(model, staticMode, { target: x86 });
    expect(first(artifact).slice(0, 3)).toEqual(['Conv', 'Relu', 'MaxPool']);
    expect(sqnr).toBeGreaterThan(30);
  });
});
