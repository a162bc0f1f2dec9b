import { expect, test } from 'vitest';
import { attribute } from '../../src/ir/attribute.js';
import { readModel } from '../../src/onnx/read.js';
import { countMacs } from '../../src/runtime/macs.js';
import { inferShapes } from '../../src/runtime/shapes.js';
import { buildModel, randomTensor, type GraphBuilder } from '../support/build.js';
import { describeReal, realModel } from './real-models.js';

/** MACs of a graph, with shapes from the runtime. */
async function macs(fill: (graph: GraphBuilder) => void): Promise<number> {
  const model = buildModel(17, fill);
  await inferShapes(model);
  const count = countMacs(model);
  expect(count.unknown.map((node) => node.label)).toEqual([]);
  return count.total;
}

test('convolution: one multiplication for each output, input channel and place in the window', async () => {
  const total = await macs((graph) => {
    const w = graph.constant('w', randomTensor([6, 2, 3, 5]));
    graph.output(graph.node('Conv', [graph.input('x', 'float32[2,4,9,9]'), w], { group: 2 }));
  });
  // Output 2x6x7x5; each sums 2 channels of its group over 3x5.
  expect(total).toBe(2 * 6 * 7 * 5 * (2 * 3 * 5));
});

test('transposed convolution: each input element is spread over a window for each output channel', async () => {
  const total = await macs((graph) => {
    const w = graph.constant('w', randomTensor([4, 3, 2, 2]));
    graph.output(graph.node('ConvTranspose', [graph.input('x', 'float32[1,4,5,5]'), w], { strides: [2, 2] }));
  });
  expect(total).toBe(4 * 5 * 5 * (3 * 2 * 2));
});

test('matrix products, with transposed operands and batches', async () => {
  const total = await macs((graph) => {
    const a = graph.input('a', 'float32[7,5]');
    const b = graph.input('b', 'float32[3,7]');
    graph.output(graph.node('Gemm', [a, b], { transA: 1, transB: 1 })); // 5x7 times 7x3
    graph.output(
      graph.node('MatMul', [graph.input('c', 'float32[2,4,5,7]'), graph.input('d', 'float32[4,7,6]')]),
    );
    graph.output(graph.node('MatMul', [graph.input('v', 'float32[7]'), graph.input('m', 'float32[7,6]')]));
  });
  expect(total).toBe(5 * 7 * 3 + 2 * 4 * 5 * 7 * 6 + 7 * 6);
});

test('a bidirectional LSTM and a GRU: all weights at every step', async () => {
  const [steps, batch, width, hidden] = [11, 2, 5, 3];
  const total = await macs((graph) => {
    const x = graph.input('x', `float32[${steps},${batch},${width}]`);
    const weights = (name: string, directions: number, gates: number, columns: number) =>
      graph.constant(name, randomTensor([directions, gates * hidden, columns]));
    const settings = { hidden_size: hidden, direction: 'bidirectional' };
    graph.output(graph.node('LSTM', [x, weights('w', 2, 4, width), weights('r', 2, 4, hidden)], settings));
    graph.output(
      graph.node('GRU', [x, weights('w1', 1, 3, width), weights('r1', 1, 3, hidden)], {
        hidden_size: hidden,
      }),
    );
  });
  const cell = (gates: number) => gates * hidden * (width + hidden);
  expect(total).toBe(steps * batch * (2 * cell(4) + cell(3)));
});

test('Einsum of two operands; of one it only moves', async () => {
  const total = await macs((graph) => {
    const a = graph.input('a', 'float32[2,3,4]');
    const b = graph.input('b', 'float32[2,5,4]');
    graph.output(graph.node('Einsum', [a, b], { equation: 'bij,bkj->bik' }));
    graph.output(graph.node('Einsum', [a], { equation: 'bij->jib' }));
  });
  expect(total).toBe(2 * 3 * 5 * 4);
});

test('attention: scores and sums, and the projection where it is part of the operator', () => {
  const model = buildModel(23, (graph) => {
    const typed = (name: string, dims: string) => graph.input(name, `float32[${dims}]`);
    graph.node(
      'Attention',
      [typed('q', '2,8,10,16'), typed('k', '2,8,12,16'), typed('v', '2,8,12,4')],
      {},
      {
        type: 'float32[2,8,10,4]',
      },
    );
    graph.node(
      'Attention',
      [typed('x', '2,10,64'), graph.constant('w', randomTensor([64, 192]))],
      { num_heads: attribute.int(4) },
      { domain: 'com.microsoft', type: 'float32[2,10,64]' },
    );
  });
  const [standard, projected] = [...countMacs(model).perNode.values()];
  expect(standard).toBe(2 * 8 * 10 * 12 * (16 + 4));
  expect(projected).toBe(2 * 10 * 64 * 192 + 2 * (2 * 10 * 10 * 64));
});

test('nodes of unknown shape are named, and other operators count nothing', () => {
  const model = buildModel(17, (graph) => {
    const x = graph.input('x', 'float32[n,4]');
    graph.node('Relu', [x]);
    graph.node('MatMul', [x, x], {}, { name: 'open' });
  });
  const count = countMacs(model);
  expect(count.total).toBe(0);
  expect(count.unknown.map((node) => node.name)).toEqual(['open']);
});

describeReal('real models', () => {
  // As published: SqueezeNet 1.1 has 0.35 G, ResNet-20 for CIFAR 41 M multiply-accumulates.
  test.each([
    ['squeezenet1.1', 0.35e9],
    ['resnet20-cifar10', 40.8e6],
  ])('%s', async (name, published) => {
    const model = await readModel(realModel(name));
    await inferShapes(model);
    const { total, unknown } = countMacs(model);
    expect(unknown).toEqual([]);
    expect(Math.abs(total / published - 1)).toBeLessThan(0.02);
  });
});
