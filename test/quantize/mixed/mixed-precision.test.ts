import { describe, expect, it } from 'vitest';
import type { Value } from '../../../src/ir/value.js';
import type { Model } from '../../../src/ir/model.js';
import type { MixedGoal } from '../../../src/quantize/mixed/goal.js';
import { staticMode } from '../../../src/quantize/modes/static.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, randomTensor, type GraphBuilder } from '../../support/build.js';
import { contextOf, copyOf, makeArtifact, randomSamples } from '../artifact.js';

/** Weights whose channels differ a thousandfold: with one scale for all of them most are lost. */
function uneven(dims: readonly number[], seed: number): Tensor {
  const perChannel = dims.slice(1).reduce((a, b) => a * b, 1);
  return Tensor.float32(
    dims,
    randomTensor(dims, seed, 0.3)
      .toFloat32()
      .map((value, at) => value * 10 ** (((Math.floor(at / perChannel) * 7) % 4) - 3)),
  );
}

function conv(g: GraphBuilder, x: Value, name: string, weights: Tensor): Value {
  return g.node('Conv', [x, g.constant(`${name}_weights`, weights)], { pads: [1, 1, 1, 1] }, { name });
}

/** Three Convs; what the second gives out is spoilt by rounding: a few huge channels among small ones. */
function net(): Model {
  return buildModel(17, (g) => {
    const first = g.node('Relu', [
      conv(g, g.input('x', 'float32[1,8,12,12]'), 'first', randomTensor([16, 8, 3, 3], 3, 0.3)),
    ]);
    const second = g.node('Relu', [conv(g, first, 'second', uneven([16, 16, 3, 3], 4))]);
    // What is small in front is as large as the rest behind it.
    const evened = Tensor.float32(
      [8, 16, 3, 3],
      randomTensor([8, 16, 3, 3], 5, 0.3)
        .toFloat32()
        .map((value, at) => value * 10 ** (3 - (((Math.floor(at / 9) % 16) * 7) % 4))),
    );
    g.output(conv(g, second, 'third', evened), 'y', 'float32');
  });
}

const goalOf = (limit: number, more: Partial<MixedGoal> = {}): MixedGoal => ({
  expr: `sqnr_db >= ${limit}`,
  metric: 'sqnr_db',
  comparison: '>=',
  limit,
  by: 'sqnr',
  ...more,
});

async function mixed(goal: MixedGoal | undefined) {
  const original = net();
  const samples = randomSamples(original);
  const model = copyOf(original);
  const report = await staticMode.apply(model, {
    ...contextOf(original, { samples }),
    equalize: false,
    goal,
  });
  return { report, model };
}

describe('a goal of accuracy', () => {
  it('lifts the groups that cost most until it is met, and tells what each costs', async () => {
    const { report, model } = await mixed(goalOf(30));
    const { groups, steps, met, value } = report.mixed!;
    expect(met).toBe(true);
    expect(value).toBeGreaterThanOrEqual(30);
    expect(steps[0]).toMatchObject({ lifted: 0, met: false, integer_share_of_macs: 1 });
    const chosen = groups.filter((group) => group.lifted).map(({ node }) => node);
    const lifted = ['first', 'second', 'third'].filter((name) => chosen.includes(name));
    expect(lifted.length).toBeGreaterThan(0);
    expect(lifted.length).toBeLessThan(3);
    expect(groups.map(({ sqnr_db: sqnr }) => sqnr!)).toEqual(
      groups.map(({ sqnr_db: sqnr }) => sqnr!).sort((a, b) => a - b),
    );
    const quantized = [...model.graph.nodes()]
      .filter((node) => node.is('Conv') && node.inputs[1]?.producer?.is('DequantizeLinear') === true)
      .map((node) => node.label);
    expect(quantized.sort()).toEqual(['first', 'second', 'third'].filter((name) => !lifted.includes(name)));
    expect(report.left).toEqual(
      lifted.map((node) => ({ node, op: 'Conv', reason: 'lifted to float for sqnr_db >= 30' })),
    );
  });

  it('that is met already lifts nothing and looks at no single group', async () => {
    const { report } = await mixed(goalOf(3));
    expect(report.mixed).toMatchObject({ met: true, groups: [], steps: [{ lifted: 0, met: true }] });
    expect(report.left).toEqual([]);
  });

  it('that cannot be met keeps the best, and one group in integers', async () => {
    const { report } = await mixed(goalOf(500));
    const { met, value, steps } = report.mixed!;
    expect(met).toBe(false);
    expect(value).toBe(Math.max(...steps.map((step) => step.value)));
    expect(Math.max(...steps.map((step) => step.lifted))).toBe(2);
  });

  it('may ask for answers that stay right', async () => {
    const goal = goalOf(0.5, {
      metric: 'top1.drop',
      comparison: '<=',
      by: 'metric',
      isRight: (sample, outputs) => sample.id !== 'sample 0' && outputs.has('y'),
    });
    const { report } = await mixed(goal);
    expect(report.mixed).toMatchObject({ met: true, value: 0 });
    const never = mixed({ ...goal, isRight: () => undefined });
    await expect(never).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('a node that stays float between integers', () => {
  it.each([
    ['directly', (_: GraphBuilder, x: Value) => x],
    ['behind a MaxPool', (g: GraphBuilder, x: Value) => g.node('MaxPool', [x], { kernel_shape: [2, 2] })],
  ])('keeps its weights as they are in the runtime, %s', async (_, between) => {
    const model = buildModel(17, (g) => {
      const x = g.node('Relu', [
        conv(g, g.input('x', 'float32[1,8,12,12]'), 'first', randomTensor([16, 8, 3, 3], 3, 0.3)),
      ]);
      const float = g.node('Relu', [conv(g, between(g, x), 'float', uneven([16, 16, 3, 3], 4))]);
      g.output(conv(g, float, 'last', randomTensor([8, 16, 3, 3], 5, 0.3)), 'y', 'float32');
    });
    const { kernels } = await makeArtifact(model, staticMode, { exclude: ['float'] });
    expect(kernels).toMatchObject({ integer: 2, float: 1 });
  });
});
