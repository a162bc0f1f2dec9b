import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { attribute } from '../../src/ir/attribute.js';
import { readModel } from '../../src/onnx/read.js';
import { describeKernels } from '../../src/runtime/kernels.js';
import { openSession } from '../../src/runtime/session.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { buildModel, f32, operators, randomTensor, type GraphBuilder } from '../support/build.js';
import { bias, dequantize, integers, quantize, quantized, weight } from './quantized-graphs.js';
import { describeReal, realModel } from './real-models.js';

const describeGraph = (fill: (graph: GraphBuilder) => void, opset = 17) =>
  describeKernels(buildModel(opset, fill));

/** 8 output channels of 8x8 that sum 4 channels over 3x3. */
const convMacs = 8 * 8 * 8 * 4 * 9;

function conv(graph: GraphBuilder, inputs: Parameters<GraphBuilder['node']>[1], name = 'conv') {
  return graph.node('Conv', inputs, { pads: [1, 1, 1, 1], kernel_shape: [3, 3] }, { name });
}

test('a Conv between Q and DQ runs as an integer kernel', async () => {
  const report = await describeGraph((graph) => {
    const x = quantized(graph, graph.input('x', 'float32[1,4,8,8]'));
    const y = conv(graph, [x, weight(graph, 'w', [8, 4, 3, 3]), bias(graph, 'b', 8)]);
    graph.output(quantized(graph, graph.node('Relu', [y]), 'uint8', 0));
  });
  expect(report).toEqual({
    integer: 1,
    float: 0,
    weight_only: 0,
    integer_share_of_macs: 1,
    macs: convMacs,
    dequantized_weights: [],
    left_float: [],
    unmapped: [],
    unmapped_macs: 0,
    quantize_nodes: 1,
    dequantize_nodes: 1,
    warnings: [],
  });
});

test('a Conv without Q behind it stays float and dequantizes its weight at every run', async () => {
  const report = await describeGraph((graph) => {
    const x = quantized(graph, graph.input('x', 'float32[1,4,8,8]'));
    graph.output(conv(graph, [x, weight(graph, 'w', [8, 4, 3, 3])]));
  });
  expect(report.integer).toBe(0);
  expect(report.integer_share_of_macs).toBe(0);
  expect(report.dequantized_weights).toEqual([{ name: 'w', node: 'conv', bytes: 8 * 4 * 9 }]);
  expect(report.left_float).toEqual([
    {
      node: 'conv',
      op: 'Conv',
      reason: 'its result is an output of the model, with no QuantizeLinear behind it',
    },
  ]);
});

test('a bias with another scale than s_x*s_w keeps a Conv float', async () => {
  const report = await describeGraph((graph) => {
    const x = quantized(graph, graph.input('x', 'float32[1,4,8,8]'));
    graph.output(
      quantized(graph, conv(graph, [x, weight(graph, 'w', [8, 4, 3, 3]), bias(graph, 'b', 8, 1.02)])),
    );
  });
  expect(report.left_float).toEqual([
    {
      node: 'conv',
      op: 'Conv',
      reason: 'the scale of its bias b is not s_x*s_w',
    },
  ]);
});

test('reasons: an input that is not quantized, a second reader, a Relu outside the range', async () => {
  const report = await describeGraph((graph) => {
    const float = graph.input('x', 'float32[1,4,8,8]');
    const x = quantized(graph, float);
    const out = (value: ReturnType<typeof conv>) => graph.output(quantized(graph, value));
    const w = (name: string) => weight(graph, name, [8, 4, 3, 3]);
    out(conv(graph, [graph.node('Sin', [float], {}, { name: 'sin' }), w('w1')], 'input'));
    const shared = conv(graph, [x, w('w2')], 'shared');
    out(shared);
    graph.output(graph.node('Sin', [shared], {}, { name: 'second' }));
    out(graph.node('Relu', [conv(graph, [x, w('w3')], 'clamped')]));
    graph.output(graph.node('Sin', [conv(graph, [x, w('w4')], 'open')], {}, { name: 'third' }));
  });
  const reasons = new Map(report.left_float.map(({ node, reason }) => [node, reason]));
  expect([...reasons.keys()].sort()).toEqual(['clamped', 'input', 'open', 'shared']);
  expect(reasons.get('input')).toMatch(/^its input .* is not quantized \(sin makes it\)$/);
  expect(reasons.get('shared')).toBe('its float result is also read by second');
  expect(reasons.get('clamped')).toMatch(/the zero point is not the lowest code$/);
  expect(reasons.get('open')).toBe('no QuantizeLinear behind it (third reads its result)');
});

test('an int8 activation with two readers stays float', async () => {
  const report = await describeGraph((graph) => {
    const x = quantized(graph, graph.input('x', 'float32[1,4,8,8]'), 'int8');
    graph.output(quantized(graph, conv(graph, [x, weight(graph, 'w1', [8, 4, 3, 3])], 'a'), 'int8'));
    graph.output(graph.node('MaxPool', [x], { kernel_shape: [2, 2] }, { name: 'pool' }));
  });
  expect(report.left_float).toEqual([
    {
      node: 'a',
      op: 'Conv',
      reason:
        'its activation is int8 and has 2 readers: the runtime turns it into uint8 only where it has one',
    },
  ]);
});

test('the kernels are those that the runtime takes by default', async () => {
  const model = buildModel(17, (graph) => {
    const x = quantized(graph, graph.input('x', 'float32[1,4,8,8]'));
    const first = quantized(graph, conv(graph, [x, weight(graph, 'w1', [8, 4, 3, 3])], 'first'));
    graph.output(conv(graph, [first, weight(graph, 'w2', [8, 8, 3, 3])], 'second'));
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'infer-opt-test-'));
  const file = path.join(folder, 'default.onnx');
  await (await openSession(model, { optimizedModelPath: file })).close();
  const byDefault = operators(await readModel(file)).filter((operator) => operator.includes('Conv'));
  rmSync(folder, { recursive: true });
  const report = await describeKernels(model);
  expect(byDefault.filter((operator) => operator.endsWith('QLinearConv'))).toHaveLength(report.integer);
  expect(byDefault).toHaveLength(report.integer + report.float);
  expect([report.integer, report.float]).toEqual([1, 1]);
});

test('the share is by multiplications, not by kernels', async () => {
  const report = await describeGraph((graph) => {
    const x = quantized(graph, graph.input('x', 'float32[1,4,8,8]'));
    const y = quantized(graph, conv(graph, [x, weight(graph, 'w', [8, 4, 3, 3])]));
    const flat = graph.node('Flatten', [y]);
    graph.output(
      graph.node('MatMul', [flat, graph.constant('dense', randomTensor([512, 10]))], {}, { name: 'last' }),
    );
  });
  expect([report.integer, report.float]).toEqual([1, 1]);
  expect(report.macs).toBe(convMacs + 5120);
  expect(report.integer_share_of_macs).toBeCloseTo(convMacs / (convMacs + 5120), 12);
  expect(report.left_float.map(({ node }) => node)).toEqual(['last']);
});

test('dynamic quantization: MatMul with an activation quantized on the fly', async () => {
  const report = await describeGraph((graph) => {
    const x = graph.input('x', 'float32[3,16]');
    const [q, scale, zero] = graph.nodes('DynamicQuantizeLinear', [x], {}, { outputs: 3 });
    const w = graph.constant('w', integers('int8', [16, 8]));
    const sum = graph.node('MatMulInteger', [q, w, zero], {}, { name: 'dynamic' });
    const both = graph.node('Mul', [scale, graph.constant('s', f32([], [0.01]))]);
    graph.output(graph.node('Mul', [graph.node('Cast', [sum], { to: 1 }), both]));
  });
  expect(report.integer).toBe(1);
  expect(report.integer_share_of_macs).toBe(1);
  expect(report.macs).toBe(3 * 16 * 8);
  expect(report.unmapped).toEqual([]);
});

test('4-bit weights are neither integer nor float', async () => {
  const report = await describeGraph((graph) => {
    const x = graph.input('x', 'float32[2,32]');
    const b = graph.constant('b', Tensor.fromBytes('uint8', [8, 1, 16], new Uint8Array(128)));
    const scales = graph.constant('scales', f32([8], new Array<number>(8).fill(1)));
    graph.output(
      graph.node(
        'MatMulNBits',
        [x, b, scales],
        { K: 32, N: 8, bits: 4, block_size: 32 },
        { domain: 'com.microsoft' },
      ),
      'y',
      'float32[2,8]',
    );
  });
  expect([report.integer, report.float, report.weight_only]).toEqual([0, 0, 1]);
  expect(report.integer_share_of_macs).toBe(0);
  expect(report.macs).toBe(2 * 32 * 8);
});

test('an embedding table that is dequantized before Gather is found', async () => {
  const report = await describeGraph((graph) => {
    const table = dequantize(graph, graph.constant('table', integers('uint8', [100, 16])));
    graph.output(graph.node('Gather', [table, graph.input('ids', 'int64[1,4]')], {}, { name: 'look_up' }));
  });
  expect(report.dequantized_weights).toEqual([{ name: 'table', node: 'look_up', bytes: 1600 }]);
  expect(report.integer_share_of_macs).toBeNull();
});

test('shapes come from the given sample', async () => {
  const model = buildModel(17, (graph) => {
    const x = graph.input('x', 'float32[n,6]');
    graph.output(graph.node('MatMul', [x, graph.constant('w', randomTensor([6, 5]))]));
  });
  const report = await describeKernels(model, new Map([['x', randomTensor([7, 6])]]));
  expect(report.macs).toBe(7 * 6 * 5);
});

test('a body that runs several times counts as often', async () => {
  const model = buildModel(17, (graph) => {
    const start = graph.input('start', 'float32[4,4]');
    const w = graph.constant('w', randomTensor([4, 4]));
    const body = graph.body('body', (inner) => {
      inner.input('step', 'int64[]');
      const going = inner.input('going', 'bool[]');
      const state = inner.input('state', 'float32[4,4]');
      inner.output(inner.node('Identity', [going], {}, { type: 'bool[]' }));
      inner.output(inner.node('MatMul', [state, w], {}, { name: 'inside', type: 'float32[4,4]' }));
    });
    const trips = graph.constant('trips', Tensor.int64([], [5]));
    graph.output(graph.node('Loop', [trips, undefined, start], { body: attribute.graph(body) }));
  });
  const report = await describeKernels(model);
  expect(report.macs).toBe(5 * 64);
  expect(report.left_float.map(({ node }) => node)).toEqual(['inside']);
});

test('a model that does not run on zeros is described without multiply-accumulates', async () => {
  const report = await describeGraph((graph) => {
    const x = graph.input('x', 'float32[1,n]');
    const w = graph.constant('w', randomTensor([3, 2]));
    graph.output(graph.node('MatMul', [x, w], {}, { name: 'needs_3' }));
  });
  expect(report.macs).toBeNull();
  expect(report.integer_share_of_macs).toBeNull();
  expect(report.float).toBe(1);
  expect(report.warnings).toHaveLength(1);
});

describeReal('real models', () => {
  test('shufflenetv2-already-int8 is integer throughout', async () => {
    const report = await describeKernels(realModel('shufflenetv2-already-int8'));
    expect([report.integer, report.float]).toEqual([57, 0]);
    expect(report.unmapped).toEqual([]);
    // As published for ShuffleNet V2 1x: 146 M.
    expect(Math.abs(report.macs! / 146e6 - 1)).toBeLessThan(0.02);
  });

  test('every multiplying node of squeezenet1.1 is found among the kernels', async () => {
    const report = await describeKernels(realModel('squeezenet1.1'));
    expect(report.float).toBe(26);
    expect(report.unmapped).toEqual([]);
    expect(new Set(report.left_float.map(({ node }) => node)).size).toBe(26);
  });
});

test('integers that were quantized but never multiplied are counted', async () => {
  const report = await describeGraph((graph) => {
    const x = graph.input('x', 'float32[4]');
    graph.output(
      dequantize(graph, graph.node('Neg', [quantize(graph, graph.node('Sin', [x]), 'int8')]), 'int8'),
    );
  });
  expect([report.quantize_nodes, report.dequantize_nodes]).toEqual([1, 1]);
});
