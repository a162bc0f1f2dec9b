import { describe, expect, it } from 'vitest';
import { settleElementTypes } from '../../src/ir/element-types.js';
import type { Model } from '../../src/ir/model.js';
import { formatType } from '../../src/ir/types.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { buildModel, f32 } from '../support/build.js';

const typesOf = (model: Model): string[] =>
  [...model.graph.nodes()].flatMap((node) => node.outputs.map((value) => formatType(value!.type)));

describe('settleElementTypes', () => {
  it('follows Cast, the first float that is read, and keeps dims', () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float16[2,n]');
      const product = g.node('MatMul', [x, g.input('w', 'float16[n,3]')], {}, { type: 'float32[2,3]' });
      const wide = g.node('Cast', [product], { to: 1 }, { type: 'float16[2,3]' });
      g.node('Relu', [wide], {}, { type: 'float16[2,3]' });
      g.node('Gather', [product, g.input('at', 'int64[1]')], {}, { type: 'float32[1,3]' });
      g.node('Cast', [g.input('i', 'int64[4]')], { to: 10 }, { type: 'int64[4]' });
      g.node('Shape', [product], {}, { type: 'int64[2]' });
      g.node(
        'ConstantOfShape',
        [g.input('s', 'int64[1]')],
        { value: Tensor.fromNumbers('float16', [1], [0]) },
        { type: 'float32[?]' },
      );
    });
    settleElementTypes(model);
    expect(typesOf(model)).toEqual([
      'float16[2,3]',
      'float32[2,3]',
      'float32[2,3]',
      'float16[1,3]',
      'float16[4]',
      'int64[2]',
      'float16[?]',
    ]);
  });

  it('leaves models without float16 and operators of other domains alone', () => {
    const plain = buildModel(13, (g) => {
      g.node('Relu', [g.constant('w', f32([2], [1, 2]))], {}, { type: 'float16[2]' });
    });
    settleElementTypes(plain);
    expect(typesOf(plain)).toEqual(['float16[2]']);
    const foreign = buildModel(13, (g) => {
      g.node('Mystery', [g.input('x', 'float16[2]')], {}, { domain: 'own', type: 'float32[2]' });
    });
    settleElementTypes(foreign);
    expect(typesOf(foreign)).toEqual(['float32[2]']);
  });
});
