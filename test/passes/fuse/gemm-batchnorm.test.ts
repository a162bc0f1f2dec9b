import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/ir/attribute.js';
import { gemmBatchNorm } from '../../../src/passes/fuse/gemm-batchnorm.js';
import { matMulAdd } from '../../../src/passes/fuse/matmul-add.js';
import { buildModel, operators, randomTensor } from '../../support/build.js';
import { batchNorm } from '../../support/layers.js';
import { check } from '../../support/passes.js';

describe('gemm-batchnorm', () => {
  it('gives the same for any Gemm: transposed or not, alpha, beta, every form of bias', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          transA: fc.constantFrom(0, 1),
          transB: fc.constantFrom(0, 1),
          alpha: fc.constantFrom(1, 0.5, -2),
          beta: fc.constantFrom(1, 0.5, 0, -3),
          bias: fc.constantFrom<number[] | undefined>(undefined, [], [1], [5], [1, 5]),
        }),
        async ({ transA, transB, alpha, beta, bias }) => {
          const model = buildModel(13, (g) => {
            const x = g.input('x', transA === 1 ? 'float32[4,3]' : 'float32[3,4]');
            const inputs = [x, g.constant('w', randomTensor(transB === 1 ? [5, 4] : [4, 5], 3))];
            if (bias !== undefined) inputs.push(g.constant('c', randomTensor(bias, 4)));
            const settings = { transA, transB, alpha: attribute.float(alpha), beta: attribute.float(beta) };
            g.output(batchNorm(g, g.node('Gemm', inputs, settings), 5), 'y', 'float32[3,5]');
          });
          await check(model, gemmBatchNorm);
          expect(operators(model)).toEqual(['Gemm']);
        },
      ),
      { numRuns: 30, seed: 3 },
    );
  });

  it('makes a Gemm of MatMul, with an Add in between too', async () => {
    for (const withBias of [false, true]) {
      const model = buildModel(13, (g) => {
        let y = g.node('MatMul', [g.input('x', 'float32[n,4]'), g.constant('w', randomTensor([4, 5]))]);
        if (withBias) y = g.node('Add', [g.constant('b', randomTensor([5])), y]);
        g.output(batchNorm(g, y, 5), 'y', 'float32[n,5]');
      });
      await check(model, [matMulAdd, gemmBatchNorm]);
      expect(operators(model)).toEqual(['Gemm']);
    }
  });

  it('leaves a MatMul of higher rank, whose axis 1 are no columns', async () => {
    const model = buildModel(13, (g) => {
      const y = g.node('MatMul', [g.input('x', 'float32[2,5,4]'), g.constant('w', randomTensor([4, 5]))]);
      g.output(batchNorm(g, y, 5), 'y', 'float32[2,5,5]');
    });
    const report = await check(model, gemmBatchNorm);
    expect(report.passes[0]!.skipped[0]!.why).toBe('x has rank 3');
  });

  it('leaves a bias that differs from row to row', async () => {
    const model = buildModel(13, (g) => {
      const inputs = [
        g.input('x', 'float32[3,4]'),
        g.constant('w', randomTensor([4, 5])),
        g.constant('c', randomTensor([3, 1])),
      ];
      g.output(batchNorm(g, g.node('Gemm', inputs, {}, { name: 'gemm' }), 5), 'y', 'float32[3,5]');
    });
    const report = await check(model, gemmBatchNorm);
    expect(report.passes[0]!.skipped[0]!.why).toBe('the bias of gemm is not one number for each column');
  });
});
