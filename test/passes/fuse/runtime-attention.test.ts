import { describe, expect, it } from 'vitest';
import { runtimeAttention } from '../../../src/passes/fuse/runtime-attention.js';
import { fullPasses } from '../../../src/passes/presets.js';
import type { Model } from '../../../src/ir/model.js';
import type { Value } from '../../../src/ir/value.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import {
  buildModel,
  f32,
  i64,
  only,
  operators,
  randomTensor,
  type GraphBuilder,
} from '../../support/build.js';
import { check, randomFeeds } from '../../support/passes.js';

const [heads, width] = [3, 4];
const columns = heads * width;

interface Form {
  readonly bias?: boolean;
  readonly mask?: 'row' | 'square' | 'heads';
  readonly scale?: 'before' | 'behind' | 'none';
  readonly packed?: boolean;
  readonly length?: string;
  /** A second reader inside of the pattern. */
  readonly leak?: boolean;
}

function attentionModel(form: Form): Model {
  const length = form.length ?? '5';
  return buildModel(13, (g) => {
    const x = g.input('x', `float32[batch,${length},8]`);
    const projection = (name: string, size: number, seed: number): Value => {
      const product = g.node('MatMul', [x, g.constant(`w_${name}`, randomTensor([8, size], seed, 0.4))]);
      return form.bias === false
        ? product
        : g.node('Add', [product, g.constant(`b_${name}`, randomTensor([size], seed + 1))]);
    };
    const parts =
      form.packed === true
        ? g.nodes('Split', [projection('qkv', 3 * columns, 2)], { axis: 2 }, { outputs: 3 })
        : [projection('q', columns, 2), projection('k', columns, 4), projection('v', columns, 6)];
    const split = (value: Value | undefined, perm: number[]): Value =>
      g.node(
        'Transpose',
        [g.node('Reshape', [value, g.constant(g.graph.names.fresh('to'), i64(0, 0, heads, width))])],
        { perm },
      );
    const number = (value: number): Value => g.constant(g.graph.names.fresh('n'), f32([], [value]));
    let query = split(parts[0], [0, 2, 1, 3]);
    if (form.scale === 'before') query = g.node('Mul', [query, number(0.5)]);
    let scores = g.node('MatMul', [query, split(parts[1], [0, 2, 3, 1])]);
    if (form.scale === undefined || form.scale === 'behind') scores = g.node('Div', [scores, number(2)]);
    if (form.mask !== undefined) {
      const dims = { row: 'batch,1,1', square: `1,1,${length}`, heads: `1,${heads},${length}` }[form.mask];
      scores = g.node('Add', [scores, g.input('mask', `float32[${dims},${length}]`)]);
    }
    const weights = g.node('Softmax', [scores], { axis: -1 });
    const mixed = g.node('MatMul', [weights, split(parts[2], [0, 2, 1, 3])]);
    const joined = g.node('Reshape', [
      g.node('Transpose', [mixed], { perm: [0, 2, 1, 3] }),
      g.constant('back', i64(0, 0, columns)),
    ]);
    g.output(joined, 'y', `float32[batch,${length},${columns}]`);
    if (form.leak === true) g.output(weights, 'weights', `float32[batch,${heads},${length},${length}]`);
  });
}

describe('runtime-attention', () => {
  it.each<[string, Form]>([
    ['three projections', {}],
    ['no biases', { bias: false }],
    ['the scale in front', { scale: 'before' }],
    ['no scale', { scale: 'none' }],
    ['one projection that is split', { packed: true }],
    ['one projection without a bias', { packed: true, bias: false }],
    ['a mask over the keys', { mask: 'row' }],
    ['a mask over queries and keys', { mask: 'square' }],
    ['a length that is not known', { mask: 'row', length: 'sequence' }],
  ])('is made of its parts with %s', async (_, form) => {
    const model = attentionModel(form);
    await check(model, runtimeAttention);
    const attention = only(model, 'Attention');
    expect(attention.domain).toBe('com.microsoft');
    expect(attention.int('num_heads', 0)).toBe(heads);
    expect(operators(model)).not.toContain('Softmax');
    expect(model.opsets.get('com.microsoft')).toBe(1);
  });

  it('expands one mask for several layers once', async () => {
    const model = buildModel(13, (g) => {
      let x = g.input('x', 'float32[batch,sequence,12]');
      const mask = g.input('mask', 'float32[batch,1,1,sequence]');
      for (let layer = 0; layer < 2; layer++) x = layerOf(g, x, mask, layer);
      g.output(x, 'y', 'float32[batch,sequence,12]');
    });
    await check(model, fullPasses, { tolerance: 1e-5 });
    const found = operators(model);
    expect(found.filter((one) => one === 'com.microsoft.Attention')).toHaveLength(2);
    expect(found.filter((one) => one === 'Expand' || one === 'Shape')).toHaveLength(2);
  });

  it.each<[string, Form, string | undefined]>([
    ['its weights are an output', { leak: true }, undefined],
    ['there is a mask for each head', { mask: 'heads' }, 'it has a mask for each head'],
  ])('is left alone where %s', async (_, form, why) => {
    const report = await check(attentionModel(form), runtimeAttention);
    expect(report.changes).toBe(0);
    expect(report.passes[0]!.skipped.map((one) => one.why)).toEqual(why === undefined ? [] : [why]);
  });

  it('gives what the parts give on masks that are no zeros and ones', async () => {
    const model = attentionModel({ mask: 'row' });
    const feeds = randomFeeds(model);
    feeds.set('mask', Tensor.float32([2, 1, 1, 5], [0, -1e4, 3, 1e4, -2, 0, 0, -1e4, 5, 7]));
    await check(model, runtimeAttention, { feeds });
  });
});

function layerOf(g: GraphBuilder, x: Value, mask: Value, layer: number): Value {
  const fresh = (base: string): string => g.graph.names.fresh(base);
  const split = (seed: number, perm: number[]): Value => {
    const weight = g.constant(fresh('w'), randomTensor([12, 12], 10 * layer + seed, 0.4));
    return g.node(
      'Transpose',
      [g.node('Reshape', [g.node('MatMul', [x, weight]), g.constant(fresh('to'), i64(0, 0, 3, 4))])],
      { perm },
    );
  };
  const scores = g.node('Add', [g.node('MatMul', [split(1, [0, 2, 1, 3]), split(2, [0, 2, 3, 1])]), mask]);
  const mixed = g.node('MatMul', [g.node('Softmax', [scores], { axis: -1 }), split(3, [0, 2, 1, 3])]);
  return g.node('Reshape', [
    g.node('Transpose', [mixed], { perm: [0, 2, 1, 3] }),
    g.constant(fresh('back'), i64(0, 0, 12)),
  ]);
}
