import { expect, test } from 'vitest';
import { formatType, staticDims } from '../../src/ir/types.js';
import { readModel } from '../../src/onnx/read.js';
import { inferShapes, mergeTypes, readTypes } from '../../src/runtime/shapes.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { buildModel, f32, i64, randomTensor, typeOf } from '../support/build.js';
import { describeReal, realModel } from './real-models.js';

const convolution = (input: string) =>
  buildModel(17, (graph) => {
    const x = graph.input('x', input);
    // Large enough to be passed as a declaration instead of as data.
    const w = graph.constant('w', randomTensor([16, 8, 3, 3]));
    const conv = graph.node('Conv', [x, w], { pads: [1, 1, 1, 1], strides: [2, 2] }, { name: 'conv' });
    graph.output(graph.node('Flatten', [conv], {}, { name: 'flat' }), 'y', 'float32');
  });

test('types of values between nodes and of outputs are found', async () => {
  const model = convolution('float32[1,8,9,9]');
  await inferShapes(model);
  expect(formatType(model.graph.get('conv_out')!.type)).toBe('float32[1,16,5,5]');
  expect(formatType(model.graph.get('y')!.type)).toBe('float32[1,400]');
  expect(model.graph.get('conv_out')!.typeDeclared).toBe(false);
});

test('symbols of the inputs come through, and can be bound', async () => {
  const model = convolution('float32[batch,8,9,9]');
  await inferShapes(model);
  expect(formatType(model.graph.get('conv_out')!.type)).toBe('float32[batch,16,5,5]');
  const bound = await readTypes(model, { bind: new Map([['batch', 3]]) });
  expect(formatType(bound.get(model.graph.get('conv_out')!))).toBe('float32[3,16,5,5]');
  const given = await readTypes(model, { inputDims: new Map([['x', [5, 8, 11, 11]]]) });
  expect(formatType(given.get(model.graph.get('conv_out')!))).toBe('float32[5,16,6,6]');
  expect(formatType(model.graph.get('x')!.type)).toBe('float32[batch,8,9,9]');
});

test('shapes that are computed are followed once dims are bound', async () => {
  // y = Reshape(x, Concat(Shape(x)[0], [-1])), twice, so that one answer needs the other
  const model = buildModel(17, (graph) => {
    let value = graph.input('x', 'float32[n,4,6]');
    const first = graph.constant('first', i64(0));
    const zero = graph.constant('zero', i64(1));
    const rest = graph.constant('rest', i64(-1, 2));
    for (let layer = 0; layer < 2; layer++) {
      const shape = graph.node('Shape', [value], {});
      const n = graph.node('Slice', [shape, first, zero], {});
      const doubled = graph.node('Add', [n, n]);
      value = graph.node(
        'Reshape',
        [value, graph.node('Concat', [doubled, rest], { axis: 0 })],
        {},
        { name: `r${layer}` },
      );
    }
    graph.output(value, 'y', 'float32');
  });
  const types = await readTypes(model, { bind: new Map([['n', 3]]) });
  const dims = (name: string) => staticDims(types.get(model.graph.get(name)!));
  expect(dims('r0_out')).toEqual([6, 6, 2]);
  expect(dims('y')).toEqual([12, 3, 2]);
});

test('types inside the branches of If are found, with values from outside', async () => {
  const model = buildModel(17, (graph) => {
    const x = graph.input('x', 'float32[2,3]');
    const condition = graph.input('condition', 'bool');
    const then = graph.body('then', (body) => {
      body.output(body.node('Transpose', [body.node('Relu', [x], {}, { name: 'inner' })], {}, { name: 't' }));
    });
    const otherwise = graph.body('else', (body) => {
      body.output(body.node('Reshape', [x, body.constant('s', i64(3, 2))], {}, { name: 'e' }));
    });
    graph.output(
      graph.node('If', [condition], { then_branch: then, else_branch: otherwise }),
      'y',
      'float32',
    );
  });
  model.graph.get('condition')!.type = typeOf('bool[]');
  await inferShapes(model);
  const inside = [...model.graphs()].flatMap((graph) => [...graph.values()]);
  const type = (name: string) => formatType(inside.find((value) => value.name === name)?.type);
  expect(type('inner_out')).toBe('float32[2,3]');
  expect(type('t_out')).toBe('float32[3,2]');
  expect(type('e_out')).toBe('float32[3,2]');
});

test('types that cannot be fetched are still told: bfloat16, int4, sequences', async () => {
  const model = buildModel(21, (graph) => {
    const x = graph.input('x', 'float32[4]');
    const zero = graph.constant('zero', Tensor.fromBytes('int4', [], new Uint8Array(1)));
    graph.node('QuantizeLinear', [x, graph.constant('scale', f32([], [1])), zero], {}, { name: 'q' });
    graph.node('SequenceConstruct', [x, x], {}, { name: 'seq' });
    graph.output(graph.node('Cast', [x], { to: 16 }, { name: 'half' }), 'half');
  });
  model.irVersion = 10;
  await inferShapes(model);
  expect(formatType(model.graph.get('q_out')!.type)).toBe('int4[4]');
  expect(formatType(model.graph.get('seq_out')!.type)).toBe('sequence(float32[...])');
  expect(formatType(model.graph.get('half')!.type)).toBe('bfloat16[4]');
});

test('a declared type that an edit made wrong is corrected', async () => {
  const model = buildModel(17, (graph) => {
    const x = graph.input('x', 'float32[2,3]');
    const t = graph.node('Transpose', [x], {}, { name: 't', type: 'float32[2,3]' });
    t.typeDeclared = true;
    graph.output(graph.node('Relu', [t]), 'y', 'float32');
  });
  await inferShapes(model);
  expect(formatType(model.graph.get('t_out')!.type)).toBe('float32[3,2]');
});

test('what is known stays when the runtime knows less', () => {
  const merge = (old: string, told: string) => formatType(mergeTypes(typeOf(old), typeOf(told)));
  expect(merge('float32[batch,3]', 'float32[?,3]')).toBe('float32[batch,3]');
  expect(merge('float32[batch,?]', 'float32[?,3]')).toBe('float32[batch,3]');
  expect(merge('float32[1,3]', 'float32')).toBe('float32[1,3]');
  expect(merge('float32[1,3]', 'float16[1,3]')).toBe('float16[1,3]');
  expect(merge('float32[1,3]', 'float32[3]')).toBe('float32[3]');
});

test('types for bound dimensions are no declarations of the file', async () => {
  const model = buildModel(17, (graph) => {
    const x = graph.input('x', 'float32[n,3]');
    const middle = graph.node('Abs', [x], {}, { name: 'middle', type: 'float32[n,3]' });
    middle.typeDeclared = true;
    graph.output(graph.node('Relu', [middle]), 'y', 'float32[n,3]');
  });
  await inferShapes(model, { bind: new Map([['n', 2]]) });
  expect(formatType(model.graph.get('middle_out')!.type)).toBe('float32[2,3]');
  expect(model.graph.get('middle_out')!.typeDeclared).toBe(false);
  expect(formatType(model.graph.get('y')!.type)).toBe('float32[n,3]');
});

test('old files, in which constants are inputs and need not be used', async () => {
  const model = convolution('float32[1,8,9,9]');
  model.irVersion = 3;
  for (const value of [...model.graph.constants()]) model.graph.addInput(value);
  model.graph.addConstant('unused', f32([2], [1, 2]));
  await inferShapes(model);
  expect(formatType(model.graph.get('conv_out')!.type)).toBe('float32[1,16,5,5]');
  model.opsets.set('', 5);
  await expect(inferShapes(model)).rejects.toThrow(
    'the model has opset 5, and 6 is the oldest that is understood',
  );
});

test('a model that the runtime refuses is an error that names the node', async () => {
  const model = buildModel(17, (graph) => {
    const x = graph.input('x', 'float32[2]');
    graph.output(graph.node('And', [x, x], {}, { name: 'bad' }), 'y', 'bool[2]');
  });
  await expect(inferShapes(model)).rejects.toMatchObject({ code: 'model', message: /at node bad/ });
});

describeReal('real models', () => {
  test.each([['squeezenet1.1'], ['resnet20-cifar10']])(
    '%s: every value that is read has static dims',
    async (name) => {
      const model = await readModel(realModel(name));
      await inferShapes(model);
      const unknown = [...model.graph.values()].filter(
        (value) => !value.isUnused && staticDims(value.type) === undefined,
      );
      expect(unknown.map((value) => value.name)).toEqual([]);
    },
  );

  test.each([['silero-vad'], ['gpt2-past-untrained'], ['squeezenet-ml-map-output'], ['squeezenet1.1-fp16']])(
    '%s: every value of every graph is typed',
    async (name) => {
      const model = await readModel(realModel(name));
      await inferShapes(model);
      for (const graph of model.graphs()) {
        for (const value of graph.values())
          expect(value.type?.kind, value.name).toMatch(/tensor|sequence|map/);
      }
    },
  );

  test('gpt2-past with bound dims: what stays unknown can be computed beforehand', async () => {
    const model = await readModel(realModel('gpt2-past-untrained'));
    const dims = new Map(
      model.graph.requiredInputs.map((input) => [
        input.name,
        input.type?.kind === 'tensor'
          ? input.type.dims!.map((dim) => (typeof dim === 'number' ? dim : 2))
          : [],
      ]),
    );
    const types = await readTypes(model, { inputDims: dims });
    const unknown = [...model.graph.values()].filter(
      (value) => value.producer !== undefined && staticDims(types.get(value)) === undefined,
    );
    expect(unknown.length).toBeLessThan(50);
  });
});
