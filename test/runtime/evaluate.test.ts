import { expect, test } from 'vitest';
import { createEvaluator } from '../../src/runtime/evaluate.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { buildModel, f32, i64 } from '../support/build.js';

test('nodes on constants are computed, chains too', async () => {
  const model = buildModel(17, (graph) => {
    const a = graph.constant('a', f32([2], [1, 2]));
    const sum = graph.node('Add', [a, a], {}, { name: 'sum' });
    graph.output(graph.node('Mul', [sum, a], {}, { name: 'product' }));
    graph.output(
      graph.node(
        'Concat',
        [graph.constant('s', i64(1)), graph.constant('t', i64(2))],
        { axis: 0 },
        { name: 'c' },
      ),
    );
  });
  const results = await createEvaluator(model)([...model.graph.nodes()]);
  const of = (name: string) => results.get(model.graph.get(name)!);
  expect([...of('sum_out')!.toFloat32()]).toEqual([2, 4]);
  expect([...of('product_out')!.toFloat32()]).toEqual([2, 8]);
  expect(of('c_out')!.toBigInts()).toEqual([1n, 2n]);
});

test('what cannot be computed is absent and does not take others along', async () => {
  const model = buildModel(21, (graph) => {
    const a = graph.constant('a', f32([2], [1, 2]));
    const x = graph.input('x', 'float32[2]');
    const zero = graph.constant('zero', Tensor.fromBytes('int4', [], new Uint8Array(1)));
    const scale = graph.constant('scale', f32([], [1]));
    graph.node('Neg', [a], {}, { name: 'fine' });
    graph.node('RandomNormal', [], { shape: [2] }, { name: 'random' });
    graph.node('QuantizeLinear', [a, scale, zero], {}, { name: 'int4' });
    graph.node('Cast', [a], { to: 16 }, { name: 'bfloat16' });
    graph.node('Nonsense', [a], {}, { name: 'unknown' });
    graph.node('Reshape', [a, graph.constant('s', i64(3))], {}, { name: 'fails' });
    graph.node('Add', [a, x], {}, { name: 'variable' });
    graph.node('SequenceConstruct', [a], {}, { name: 'sequence' });
    graph.node('ConstantOfShape', [graph.constant('big', i64(1000, 1000))], {}, { name: 'large' });
  });
  model.irVersion = 10;
  const results = await createEvaluator(model, { maximumBytes: 1_000_000 })([...model.graph.nodes()]);
  expect([...results.keys()].map((value) => value.name)).toEqual(['fine_out']);
  expect([...results.get(model.graph.get('fine_out')!)!.toFloat32()]).toEqual([-1, -2]);
});

test('nothing to do is no session', async () => {
  const model = buildModel(17, (graph) => {
    graph.output(graph.node('Neg', [graph.input('x', 'float32[1]')]));
  });
  expect((await createEvaluator(model)([...model.graph.nodes()])).size).toBe(0);
});
