import { describe, expect, it } from 'vitest';
import { matMulAdd } from '../../../src/passes/fuse/matmul-add.js';
import { buildModel, operators, randomTensor } from '../../support/build.js';
import { check } from '../../support/passes.js';

function model(input: string, biasDims: readonly number[], columns = 5): ReturnType<typeof buildModel> {
  return buildModel(13, (g) => {
    const product = g.node(
      'MatMul',
      [g.input('x', input), g.constant('w', randomTensor([4, columns]))],
      {},
      { name: 'm' },
    );
    g.output(
      g.node('Add', [product, g.constant('b', randomTensor(biasDims, 2))], {}, { name: 'a' }),
      'y',
      'float32',
    );
  });
}

describe('matmul-add', () => {
  it.each([[[5]], [[1, 5]], [[1]], [[]]])('takes a bias of dims %j', async (dims) => {
    const built = model('float32[n,4]', dims);
    await check(built, matMulAdd);
    expect(operators(built)).toEqual(['Gemm']);
  });

  it.each<[string, string, number[], number, string]>([
    ['an input of rank 3', 'float32[2,n,4]', [5], 5, 'its input has rank 3, Gemm takes 2'],
    ['a bias for each row', 'float32[5,4]', [5, 1], 5, 'the constant is no bias for each column'],
    ['a bias of higher rank', 'float32[5,4]', [1, 1, 5], 5, 'the constant is no bias for each column'],
    ['a bias that widens the result', 'float32[5,4]', [3], 1, 'the constant is no bias for each column'],
  ])('leaves %s', async (_, input, dims, columns, why) => {
    const report = await check(model(input, dims, columns), matMulAdd);
    expect(report.passes[0]!.skipped).toEqual([{ at: 'a', why }]);
  });

  it('leaves a product that is read elsewhere', async () => {
    const built = model('float32[2,4]', [5]);
    built.graph.addOutput(built.graph.get('m_out')!);
    const report = await check(built, matMulAdd);
    expect(report.passes[0]!.skipped).toEqual([{ at: 'a', why: 'm_out is read elsewhere as well' }]);
  });
});
