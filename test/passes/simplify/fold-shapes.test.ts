import { describe, expect, it } from 'vitest';
import { foldShapes } from '../../../src/passes/simplify/fold-shapes.js';
import { buildModel, i64, operators, typeOf, type GraphBuilder } from '../../support/build.js';
import type { Value } from '../../../src/ir/value.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { check } from '../../support/passes.js';

/** What comes out of arithmetic on the shape of x, which is given as an output of type `type`. */
async function fold(
  opset: number,
  type: string,
  arithmetic: (g: GraphBuilder, shape: Value, x: Value) => Value,
): Promise<string[]> {
  const model = buildModel(opset, (g) => {
    const x = g.input('x', type);
    const result = arithmetic(g, g.node('Shape', [x]), x);
    g.output(g.node('Identity', [result]), 'y', 'int64');
  });
  await check(model, foldShapes);
  return operators(model);
}

describe('fold-shapes', () => {
  it('computes Shape and Size of known dims', async () => {
    expect(await fold(13, 'float32[2,3]', (_, shape) => shape)).toEqual(['Identity']);
    expect(await fold(13, 'float32[2,3]', (g, _, x) => g.node('Size', [x]))).toEqual(['Shape', 'Identity']);
    expect(await fold(15, 'float32[2,batch,4]', (g, _, x) => g.node('Shape', [x], { start: -1 }))).toEqual([
      'Shape',
      'Identity',
    ]);
  });

  it('takes single known dims out of shapes that are known in part', async () => {
    const one = (g: GraphBuilder, at: number): Value => g.constant(`at${at}`, Tensor.int64([], [at]));
    expect(await fold(13, 'float32[batch,3,4]', (g, shape) => g.node('Gather', [shape, one(g, -1)]))).toEqual(
      ['Identity'],
    );
    expect(await fold(13, 'float32[batch,3,4]', (g, shape) => g.node('Gather', [shape, one(g, 0)]))).toEqual([
      'Shape',
      'Gather',
      'Identity',
    ]);
    expect(
      await fold(13, 'float32[batch,3,4]', (g, shape) =>
        g.node('Slice', [shape, g.constant('s', i64(1)), g.constant('e', i64(3))]),
      ),
    ).toEqual(['Identity']);
    expect(
      await fold(9, 'float32[batch,3,4]', (g, shape) =>
        g.node('Slice', [shape], { starts: [-2], ends: [99] }),
      ),
    ).toEqual(['Identity']);
  });

  it('follows Unsqueeze, Concat, Cast and arithmetic, and leaves what depends on a symbolic dim', async () => {
    const operatorsLeft = await fold(11, 'float32[batch,3,4]', (g, shape) => {
      const dim = (at: number): Value => {
        const picked = g.node('Gather', [shape, g.constant(`at${at}`, Tensor.int64([], [at]))]);
        return g.node('Unsqueeze', [picked], { axes: [0] });
      };
      const product = g.node('Div', [g.node('Mul', [dim(1), dim(2)]), g.constant('two', i64(2))]);
      return g.node('Concat', [dim(0), g.node('Cast', [product], { to: 7 })], { axis: 0 });
    });
    expect(operatorsLeft).toEqual(['Shape', 'Gather', 'Unsqueeze', 'Concat', 'Identity']);
  });

  it('leaves data alone that only looks like arithmetic', async () => {
    const model = buildModel(13, (g) => {
      const n = g.input('n', 'int64[2]');
      g.output(g.node('Add', [n, g.constant('one', i64(1, 1))]), 'y', 'int64[2]');
    });
    model.graph.get('n')!.type = typeOf('int64[2]');
    expect((await check(model, foldShapes)).changes).toBe(0);
  });
});
