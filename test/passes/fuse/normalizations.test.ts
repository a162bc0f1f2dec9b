import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src/ir/model.js';
import type { Value } from '../../../src/ir/value.js';
import { groupNorm } from '../../../src/passes/fuse/group-norm.js';
import { instanceNorm } from '../../../src/passes/fuse/instance-norm.js';
import { lpNorm } from '../../../src/passes/fuse/lp-norm.js';
import { rmsNorm, runtimeRmsNorm } from '../../../src/passes/fuse/rms-norm.js';
import { softmax } from '../../../src/passes/fuse/softmax.js';
import { attribute } from '../../../src/ir/attribute.js';
import { buildModel, f32, i64, operators, randomTensor, type GraphBuilder } from '../../support/build.js';
import { check } from '../../support/passes.js';

const number = (g: GraphBuilder, value: number): Value =>
  g.constant(g.graph.names.fresh('n'), f32([], [value]));

/** A reduction with its axes where the operator set has them. */
function reduce(
  g: GraphBuilder,
  opset: number,
  name: string,
  x: Value,
  axes: number[],
  settings = {},
): Value {
  const isInput = opset >= (name === 'ReduceSum' ? 13 : 18);
  return isInput
    ? g.node(name, [x, g.constant(g.graph.names.fresh('axes'), i64(...axes))], settings)
    : g.node(name, [x], { axes, ...settings });
}

describe('rms-norm', () => {
  const build = (opset: number, form: string, scale = [8]): Model =>
    buildModel(opset, (g) => {
      const x = g.input('x', 'float32[batch,3,8]');
      const square = form === 'mul' ? g.node('Mul', [x, x]) : g.node('Pow', [x, number(g, 2)]);
      const mean = reduce(g, opset, 'ReduceMean', square, [-1]);
      const root = g.node('Sqrt', [g.node('Add', [mean, number(g, 1e-6)])]);
      const normal =
        form === 'reciprocal'
          ? g.node('Mul', [x, g.node('Reciprocal', [root])])
          : form === 'inverse'
            ? g.node('Mul', [x, g.node('Div', [number(g, 1), root])])
            : g.node('Div', [x, root]);
      const weight = g.constant('scale', randomTensor(scale, 3));
      g.output(g.node('Mul', [weight, normal]), 'y', 'float32[batch,3,8]');
      if (form === 'leak') g.output(root, 'z', 'float32[batch,3,1]');
    });

  it.each(['div', 'mul', 'reciprocal', 'inverse'])('is seen in the form with %s', async (form) => {
    const standard = build(23, form);
    await check(standard, rmsNorm);
    expect(operators(standard)).toEqual(['RMSNormalization']);
    const runtime = build(13, form);
    await check(runtime, runtimeRmsNorm);
    expect(operators(runtime)).toEqual(['SimplifiedLayerNormalization']);
  });

  it('is left alone where a part is read elsewhere, or the scale lies along another axis', async () => {
    const report = await check(build(13, 'leak'), runtimeRmsNorm);
    expect(report.passes[0]!.skipped.map((one) => one.why)).toEqual([
      'a part of it is read elsewhere as well',
    ]);
    expect((await check(build(13, 'div', [3, 1]), runtimeRmsNorm)).changes).toBe(0);
  });
});

describe('instance-norm', () => {
  const build = (opset: number, axes: number[], dims = [3, 1, 1]): Model =>
    buildModel(opset, (g) => {
      const x = g.input('x', 'float32[batch,3,4,5]');
      const centred = g.node('Sub', [x, reduce(g, opset, 'ReduceMean', x, axes)]);
      const variance = reduce(g, opset, 'ReduceMean', g.node('Mul', [centred, centred]), axes);
      const normal = g.node('Div', [centred, g.node('Sqrt', [g.node('Add', [variance, number(g, 1e-5)])])]);
      const scaled = g.node('Mul', [normal, g.constant('scale', randomTensor(dims, 3))]);
      g.output(
        g.node('Add', [scaled, g.constant('shift', randomTensor(dims, 4))]),
        'y',
        'float32[batch,3,4,5]',
      );
    });

  it.each([
    [13, [2, 3]],
    [18, [-1, -2]],
  ])('is seen in its arithmetic at opset %i', async (opset, axes) => {
    const model = build(opset, axes);
    await check(model, instanceNorm);
    expect(operators(model)).toEqual(['InstanceNormalization']);
  });

  it('is left alone over other axes and with a scale along another one', async () => {
    expect((await check(build(13, [3]), instanceNorm)).changes).toBe(0);
    expect((await check(build(13, [2, 3], [4, 1]), instanceNorm)).changes).toBe(0);
  });
});

describe('group-norm', () => {
  const build = (inner: number): Model =>
    buildModel(21, (g) => {
      const x = g.input('x', 'float32[2,6,4,5]');
      const grouped = g.node('Reshape', [x, g.constant('grouped', i64(0, 3, -1))]);
      const scale = g.constant('inner', f32([3], [inner, inner, inner]));
      const normal = g.node(
        'InstanceNormalization',
        [grouped, scale, g.constant('zeros', f32([3], [0, 0, 0]))],
        {
          epsilon: attribute.float(1e-4),
        },
      );
      const back = g.node('Reshape', [normal, g.constant('back', i64(2, 6, 4, 5))]);
      const scaled = g.node('Mul', [back, g.constant('scale', randomTensor([6, 1, 1], 3))]);
      g.output(
        g.node('Add', [scaled, g.constant('shift', randomTensor([6, 1, 1], 4))]),
        'y',
        'float32[2,6,4,5]',
      );
    });

  it('is seen between the Reshapes that PyTorch writes', async () => {
    const model = build(1);
    await check(model, groupNorm);
    expect(operators(model)).toEqual(['GroupNormalization']);
  });

  it('is left alone where the groups have scales of their own', async () => {
    const report = await check(build(2), groupNorm);
    expect(report.changes).toBe(0);
    expect(report.passes[0]!.skipped).toHaveLength(1);
  });
});

describe('lp-norm', () => {
  const build = (epsilon: number | undefined, guard: 'Max' | 'Clip' | 'Add' = 'Max'): Model =>
    buildModel(17, (g) => {
      const x = g.input('x', 'float32[batch,3,4]');
      const norm = g.node('ReduceL2', [x], { axes: [1] });
      const divisor = epsilon === undefined ? norm : g.node(guard, [norm, number(g, epsilon)]);
      g.output(g.node('Div', [x, divisor]), 'y', 'float32[batch,3,4]');
    });

  it.each(['Max', 'Clip', 'Add'] as const)('is seen with %s as the guard', async (guard) => {
    const model = build(1e-12, guard);
    await check(model, lpNorm);
    expect(operators(model)).toEqual(['LpNormalization']);
  });

  it.each([
    [undefined, 'nothing keeps a norm of zero from it'],
    [0.5, 'norms below 0.5 are cut off'],
  ])('is left alone where the guard is %s', async (epsilon, why) => {
    const report = await check(build(epsilon), lpNorm);
    expect(report.passes[0]!.skipped.map((one) => one.why)).toEqual([why]);
  });
});

describe('softmax', () => {
  const build = (axis: number, largest: 'axis' | 'other' | 'none'): Model =>
    buildModel(13, (g) => {
      const x = g.input('x', 'float32[batch,3,4]');
      const most = g.node('ReduceMax', [x], { axes: [largest === 'other' ? 1 : axis] });
      const power = g.node('Exp', [largest === 'none' ? x : g.node('Sub', [x, most])]);
      if (largest === 'none') most.graph.remove(most.producer!);
      const sum = g.node('ReduceSum', [power, g.constant('axis', i64(axis))]);
      g.output(g.node('Div', [power, sum]), 'y', 'float32[batch,3,4]');
    });

  it.each([-1, 1])('is seen along axis %i', async (axis) => {
    const model = build(axis, 'axis');
    await check(model, softmax);
    expect(operators(model)).toEqual(['Softmax']);
  });

  it('is left alone without the largest number, or that of another axis', async () => {
    const report = await check(build(-1, 'none'), softmax);
    expect(report.passes[0]!.skipped).toHaveLength(1);
    expect((await check(build(-1, 'other'), softmax)).changes).toBe(0);
  });
});
