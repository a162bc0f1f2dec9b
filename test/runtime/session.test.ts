import { expect, test } from 'vitest';
import { openSession } from '../../src/runtime/session.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { buildModel, f32, i64 } from '../support/build.js';
import { describeReal, realModel } from './real-models.js';

const identities = (dtype: string) =>
  buildModel(17, (graph) => {
    graph.output(graph.node('Identity', [graph.input('x', `${dtype}[3]`)]), 'y', `${dtype}[3]`);
  });

test.each([
  ['float32', Tensor.float32([3], [1.5, -2, 0])],
  ['float64', Tensor.fromNumbers('float64', [3], [1 / 3, -2, 0])],
  ['float16', Tensor.fromNumbers('float16', [3], [1.5, -65504, 2 ** -24])],
  ['int8', Tensor.fromNumbers('int8', [3], [-128, 0, 127])],
  ['uint16', Tensor.fromNumbers('uint16', [3], [0, 1, 65535])],
  ['int64', Tensor.int64([3], [2n ** 60n + 1n, -1, 0])],
  ['uint64', Tensor.fromNumbers('uint64', [3], [0, 1, 2 ** 52])],
  ['bool', Tensor.fromNumbers('bool', [3], [1, 0, 1])],
])('%s goes in and comes out bit by bit', async (dtype, tensor) => {
  const session = await openSession(identities(dtype));
  const results = await session.run(new Map([['x', tensor]]));
  await session.close();
  const y = results.get('y')!;
  expect(y.dtype).toBe(dtype);
  expect(y.dims).toEqual([3]);
  expect([...y.bytes()]).toEqual([...tensor.bytes()]);
});

test('strings go in and come out', async () => {
  const session = await openSession(identities('string'));
  const results = await session.run(new Map([['x', Tensor.fromStrings([3], ['a', '', 'Grüße'])]]));
  await session.close();
  expect(results.get('y')!.strings.map((text) => new TextDecoder().decode(text))).toEqual(['a', '', 'Grüße']);
});

test('an unaligned tensor is fed as well', async () => {
  const bytes = new Uint8Array(13);
  bytes.set(new Uint8Array(Float32Array.of(1, 2, 3).buffer), 1);
  const session = await openSession(identities('float32'));
  const results = await session.run(new Map([['x', Tensor.fromBytes('float32', [3], bytes.subarray(1))]]));
  await session.close();
  expect([...results.get('y')!.toFloat32()]).toEqual([1, 2, 3]);
});

test('results are written into memory that is given, and other shapes are refused', async () => {
  const session = await openSession(identities('float32'));
  const [feeds, y] = [new Map([['x', f32([3], [1, 2, 3])]]), f32([3], [0, 0, 0])];
  await session.runInto(feeds, new Map([['y', y]]));
  expect([...y.toFloat32()]).toEqual([1, 2, 3]);
  await expect(session.runInto(feeds, new Map([['y', f32([2], [0, 0])]]))).rejects.toMatchObject({
    code: 'data',
  });
  await session.close();
  await expect(session.runInto(feeds, new Map([['y', y]]))).rejects.toMatchObject({ code: 'internal' });
});

test('only what is fetched comes back', async () => {
  const model = buildModel(17, (graph) => {
    const x = graph.input('x', 'float32[2]');
    graph.output(graph.node('Neg', [x]), 'minus', 'float32[2]');
    graph.output(graph.node('Abs', [x]), 'size', 'float32[2]');
  });
  const session = await openSession(model);
  const results = await session.run(new Map([['x', f32([2], [-1, 2])]]), ['size']);
  await session.close();
  expect([...results.keys()]).toEqual(['size']);
  expect([...results.get('size')!.toFloat32()]).toEqual([1, 2]);
});

test('an int4 output, which would end the process, is refused before it runs', async () => {
  const model = buildModel(21, (graph) => {
    const x = graph.input('x', 'float32[4]');
    const zero = graph.constant('zero', Tensor.fromBytes('int4', [], new Uint8Array(1)));
    graph.output(
      graph.node('QuantizeLinear', [x, graph.constant('scale', f32([], [1])), zero]),
      'y',
      'int4[4]',
    );
  });
  model.irVersion = 10;
  const session = await openSession(model);
  await expect(session.run(new Map([['x', f32([4], [1, 2, 3, 4])]]))).rejects.toThrow(
    'output y is int4, which onnxruntime-node cannot hand out',
  );
  await session.close();
});

test('a bfloat16 output is refused when the model is opened', async () => {
  const model = buildModel(17, (graph) => {
    graph.output(graph.node('Cast', [graph.input('x', 'float32[1]')], { to: 16 }), 'y', 'bfloat16[1]');
  });
  await expect(openSession(model)).rejects.toMatchObject({ code: 'model', message: /bfloat16/ });
});

test('feeds that do not fit are named', async () => {
  const model = buildModel(17, (graph) => {
    graph.output(graph.node('Neg', [graph.input('x', 'float32[batch,2]')]), 'y', 'float32[batch,2]');
  });
  const session = await openSession(model);
  const run = (...feeds: [string, Tensor][]) => session.run(new Map(feeds));
  await expect(run()).rejects.toThrow('input x is not given');
  await expect(run(['x', f32([1, 2], [0, 0])], ['z', f32([1], [0])])).rejects.toThrow(
    'the model has no input z',
  );
  await expect(run(['x', f32([1, 3], [0, 0, 0])])).rejects.toThrow(
    'input x takes float32[batch,2], not float32[1,3]',
  );
  await expect(run(['x', i64(1, 2)])).rejects.toThrow('input x takes float32[batch,2], not int64[2]');
  await session.close();
  await session.close();
  await expect(run(['x', f32([1, 2], [0, 0])])).rejects.toMatchObject({ code: 'internal' });
});

test('a failure inside the model names the node', async () => {
  const model = buildModel(17, (graph) => {
    const shape = graph.input('shape', 'int64[1]');
    const x = graph.constant('x', f32([3], [1, 2, 3]));
    graph.output(graph.node('Reshape', [x, shape], {}, { name: 'the_reshape' }), 'y', 'float32');
  });
  const session = await openSession(model);
  await expect(session.run(new Map([['shape', i64(2)]]))).rejects.toMatchObject({
    code: 'data',
    message: /the_reshape/,
  });
  await session.close();
});

test('an unknown operator is named with its domain and node', async () => {
  const model = buildModel(17, (graph) => {
    graph.output(
      graph.node('Nonsense', [graph.input('x', 'float32[1]')], {}, { name: 'n7', domain: 'my.lab' }),
      'y',
      'float32[1]',
    );
  });
  model.opsets.set('my.lab', 1);
  await expect(openSession(model)).rejects.toMatchObject({
    code: 'model',
    message: 'operator Nonsense of domain my.lab (node n7) is unknown to the runtime',
  });
});

test('what is no model, or not there, is an error of one line', async () => {
  await expect(openSession(Uint8Array.of(9, 9, 9))).rejects.toThrow('this is no ONNX model');
  await expect(openSession('/nowhere/model.onnx')).rejects.toThrow(
    '/nowhere/model.onnx: there is no such file',
  );
});

describeReal('real models', () => {
  test('squeezenet1.1 gives probabilities', async () => {
    const session = await openSession(realModel('squeezenet1.1'));
    expect(session.inputs).toEqual([{ name: 'data_0', dtype: 'float32', dims: [1, 3, 224, 224] }]);
    const image = Tensor.float32([1, 3, 224, 224], new Float32Array(3 * 224 * 224));
    const [probabilities] = (await session.run(new Map([['data_0', image]]))).values();
    await session.close();
    expect(probabilities!.toFloat32().reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
  });

  test('refused models say why', async () => {
    await expect(openSession(realModel('reject-unknown-op'))).rejects.toThrow(
      'operator LegacyPadding of domain com.microsoft is unknown to the runtime',
    );
    await expect(openSession(realModel('reject-type-error'))).rejects.toThrow(
      'type error at node /h.0/attn/Equal',
    );
  });
});
