import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src/ir/model.js';
import type { Value } from '../../../src/ir/value.js';
import { reductionDepth } from '../../../src/quantize/half/reduction-depth.js';
import { float16Mode } from '../../../src/quantize/modes/half.js';
import { buildModel, f32, i64, type GraphBuilder, type Setting } from '../../support/build.js';
import { makeArtifact, randomSamples } from '../artifact.js';

const modelOf = (build: (g: GraphBuilder, x: Value) => Value, input = 'float32[1,8]'): Model =>
  buildModel(17, (g) => g.output(build(g, g.input('x', input)), 'y', 'float32'));

const times = (g: GraphBuilder, x: Value, factor: number, name: string): Value =>
  g.node('Mul', [x, g.constant(`${name}_by`, f32([], [factor]))], {}, { name });

const watched = (model: Model) => makeArtifact(model, float16Mode, { samples: randomSamples(model) });

describe('fp16 with samples', () => {
  it('keeps what leaves the range of float16 in between, and what reads it', async () => {
    const model = modelOf((g, x) => {
      const large = times(g, times(g, x, 400, 'up'), 400, 'up_again');
      return g.node('Relu', [times(g, large, 1 / 1024, 'down')], {}, { name: 'relu' });
    });
    const artifact = await watched(model);
    expect(artifact.sqnr).toBeGreaterThan(50);
    expect(artifact.report.left.map(({ node }) => node)).toEqual(['up_again', 'down']);
    expect(artifact.report.left[0]!.reason).toMatch(/^up_again_out reaches [\d.e+]+ on the samples/);
    const blind = await makeArtifact(model, float16Mode);
    expect(blind.report.left).toEqual([]);
  });

  it('keeps what has few digits left in float16', async () => {
    const artifact = await watched(
      modelOf((g, x) => times(g, g.node('Relu', [times(g, x, 1e-5, 'down')]), 1e5, 'up')),
    );
    expect(artifact.sqnr).toBeGreaterThan(50);
    expect(artifact.report.left.map(({ node }) => node)).toContain('down');
    expect(artifact.report.left[0]!.reason).toContain('has few digits');
  });

  it('keeps sums of more terms than float16 can count, and lets shorter ones go', async () => {
    const of = (side: number) =>
      watched(
        modelOf(
          (g, x) => g.node('GlobalAveragePool', [x], {}, { name: 'pool' }),
          `float32[1,2,${side},${side}]`,
        ),
      );
    expect((await of(64)).report.left).toEqual([
      {
        node: 'pool',
        op: 'GlobalAveragePool',
        reason: 'it sums 4096 numbers at a time; float16 counts to 2048',
      },
    ]);
    expect((await of(16)).report.left).toEqual([]);
  });

  it('keeps a mean whose sum leaves the range though the mean does not', async () => {
    const model = modelOf(
      (g, x) => g.node('ReduceMean', [times(g, x, 500, 'up')], { axes: [1] }, { name: 'mean' }),
      'float32[1,1024]',
    );
    const { report } = await watched(model);
    expect(report.left.map(({ node }) => node)).toEqual(['mean']);
    expect(report.left[0]!.reason).toMatch(/^its sums come to/);
  });

  it('is told to give samples where there are none', async () => {
    const { report } = await makeArtifact(
      modelOf((g, x) => g.node('Relu', [x])),
      float16Mode,
    );
    expect(report.hints.some((hint) => hint.includes('--data'))).toBe(true);
  });
});

describe('fp16', () => {
  it('keeps an epsilon that would become 0, and with it the division that it guards', async () => {
    const model = modelOf((g, x) => {
      const zero = g.node('Sub', [x, x], {}, { name: 'zero' });
      const guarded = g.node('Add', [zero, g.constant('epsilon', f32([], [1e-12]))], {}, { name: 'guard' });
      return g.node('Div', [zero, guarded], {}, { name: 'divide' });
    });
    const { report, outputs } = await makeArtifact(model, float16Mode);
    const reason = 'its constant epsilon would become 0 in float16';
    expect(report.left).toEqual([
      { node: 'guard', op: 'Add', reason },
      { node: 'divide', op: 'Div', reason: `it reads guard: ${reason}` },
    ]);
    expect([...outputs[1].get('y')!.toFloat32()]).toEqual(Array<number>(8).fill(0));
  });
});

describe('reductionDepth', () => {
  const depth = (opType: string, settings: Record<string, Setting>, axes?: readonly number[]) => {
    const model = modelOf((g, x) =>
      g.node(opType, axes === undefined ? [x] : [x, g.constant('axes', i64(...axes))], settings, {
        name: 'reduce',
      }),
    );
    return reductionDepth([...model.graph.nodes()][0]!, [2, 3, 4, 5]);
  };

  it.each([
    ['ReduceSum', {}, [1, -1], 15],
    ['ReduceMean', { axes: [-2] }, undefined, 4],
    ['ReduceMean', {}, undefined, 120],
    ['ReduceSum', { noop_with_empty_axes: 1 }, undefined, 1],
    ['GlobalAveragePool', {}, undefined, 20],
    ['ReduceMax', {}, undefined, undefined],
    ['MatMul', {}, undefined, undefined],
  ] as const)('of %s %o over %o is %s', (opType, settings, axes, expected) => {
    expect(depth(opType, settings as Record<string, Setting>, axes)).toBe(expected);
  });
});
