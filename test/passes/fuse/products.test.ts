import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src/ir/model.js';
import { batchNormConv } from '../../../src/passes/fuse/batchnorm-conv.js';
import { einsumMatMul } from '../../../src/passes/fuse/einsum-matmul.js';
import { gemmTransposes } from '../../../src/passes/fuse/gemm-transposes.js';
import { pointwiseConvs } from '../../../src/passes/fuse/pointwise-convs.js';
import { buildModel, f32, only, operators, randomTensor } from '../../support/build.js';
import { check } from '../../support/passes.js';

describe('batchnorm-conv', () => {
  const build = (pads: number, group: number, shift = 1): Model =>
    buildModel(13, (g) => {
      const x = g.input('x', 'float32[1,4,6,6]');
      const vector = (name: string, values: number[]) => g.constant(name, f32([4], values));
      const norm = g.node('BatchNormalization', [
        x,
        vector('gamma', [1, 2, -1, 0.5]),
        vector('beta', [0.5 * shift, -1 * shift, 0, 2 * shift]),
        vector('mean', [0.1 * shift, 0, -0.3 * shift, 1 * shift]),
        vector('variance', [1, 2, 0.5, 1.5]),
      ]);
      const inputs = [norm, g.constant('w', randomTensor([6, 4 / group, 3, 3], 2))];
      g.output(g.node('Conv', inputs, { pads: [pads, pads, pads, pads], group }), 'y');
    });

  it.each([1, 2])('folds into the input channels of %i groups', async (group) => {
    const model = build(0, group);
    await check(model, batchNormConv);
    expect(operators(model)).toEqual(['Conv']);
    expect(only(model, 'Conv').inputs).toHaveLength(3);
  });

  it('folds scales alone where the Conv pads, and no shifts', async () => {
    const scales = build(1, 1, 0);
    await check(scales, batchNormConv);
    expect(operators(scales)).toEqual(['Conv']);
    const report = await check(build(1, 1), batchNormConv);
    expect(report.passes[0]!.skipped.map((one) => one.why)).toEqual([
      'it pads, and the normalization shifts',
    ]);
  });
});

describe('pointwise-convs', () => {
  const build = (middle: number, bias: boolean): Model =>
    buildModel(13, (g) => {
      const x = g.input('x', 'float32[1,4,5,5]');
      const first = [x, g.constant('a', randomTensor([middle, 4, 1, 1], 2))];
      if (bias) first.push(g.constant('ab', randomTensor([middle], 3)));
      const inner = g.node('Conv', first);
      const second = [inner, g.constant('b', randomTensor([4, middle, 1, 1], 4))];
      if (bias) second.push(g.constant('bb', randomTensor([4], 5)));
      g.output(g.node('Conv', second), 'y');
    });

  it.each([true, false])('multiplies their weights (biases: %s)', async (bias) => {
    const model = build(6, bias);
    await check(model, pointwiseConvs);
    expect(operators(model)).toEqual(['Conv']);
    expect(only(model, 'Conv').inputs[1]!.constant!.dims).toEqual([4, 4, 1, 1]);
  });

  it('leaves a bottleneck alone', async () => {
    const report = await check(build(1, true), pointwiseConvs);
    expect(report.passes[0]!.skipped.map((one) => one.why)).toEqual([
      'one Conv in their place would have more weights than both',
    ]);
  });
});

describe('gemm-transposes', () => {
  it('turns both operands while it reads them', async () => {
    const model = buildModel(13, (g) => {
      const a = g.node('Transpose', [g.input('a', 'float32[4,3]')], { perm: [1, 0] });
      const b = g.node('Transpose', [g.input('b', 'float32[4,5]')]);
      g.output(g.node('Gemm', [a, b], { transB: 1 }), 'y');
    });
    model.graph.get('b')!.type = { kind: 'tensor', dtype: 'float32', dims: [4, 5] };
    await check(model, gemmTransposes);
    expect(operators(model)).toEqual(['Gemm']);
    const gemm = only(model, 'Gemm');
    expect([gemm.int('transA', 0), gemm.int('transB', 0)]).toEqual([1, 0]);
  });

  it('leaves a Transpose that is read elsewhere', async () => {
    const model = buildModel(13, (g) => {
      const a = g.node('Transpose', [g.input('a', 'float32[4,3]')], { perm: [1, 0] });
      g.output(g.node('Gemm', [a, g.input('b', 'float32[4,5]')]), 'y');
      g.output(a, 'z');
    });
    expect((await check(model, gemmTransposes)).changes).toBe(0);
  });
});

describe('einsum-matmul', () => {
  const build = (equation: string, left: string, right: string): Model =>
    buildModel(13, (g) => {
      const operands = [g.input('a', `float32[${left}]`), g.input('b', `float32[${right}]`)];
      g.output(g.node('Einsum', operands, { equation }), 'y');
    });

  it.each([
    ['ij,jk->ik', '2,3', '3,4', ['MatMul']],
    ['bij,bjk->bik', 'batch,2,3', 'batch,3,4', ['MatMul']],
    ['b i d, b j d -> b i j', 'batch,2,3', 'batch,4,3', ['Transpose', 'MatMul']],
    ['bhdi,bhdj->bhij', '2,2,3,4', '2,2,3,5', ['Transpose', 'MatMul']],
  ])('makes a product of matrices of %s', async (equation, left, right, expected) => {
    const model = build(equation, left, right);
    await check(model, einsumMatMul);
    expect(operators(model)).toEqual(expected);
  });

  it.each([
    ['bij,bjk->bki', '2,2,3', '2,3,4'],
    ['bij,bij->b', '2,2,3', '2,2,3'],
    ['ij,kj->ijk', '2,3', '4,3'],
    ['bij,cjk->bik', '2,2,3', '2,3,4'],
    ['bij,bjk->bik', '2,2,3', '1,3,4'],
  ])('leaves %s over [%s] and [%s] alone', async (equation, left, right) => {
    expect((await check(build(equation, left, right), einsumMatMul)).changes).toBe(0);
  });
});
