import { describe, expect, it } from 'vitest';
import { attribute, type Attribute } from '../../../src/ir/attribute.js';
import { Graph } from '../../../src/ir/graph.js';
import type { Model } from '../../../src/ir/model.js';
import { decodeModel } from '../../../src/onnx/read.js';
import { encodeModel } from '../../../src/onnx/write.js';
import { inlineFunctions } from '../../../src/passes/simplify/inline-functions.js';
import { gatherSlice } from '../../../src/passes/simplify/gather-slice.js';
import { buildModel, i64, operators, GraphBuilder } from '../../support/build.js';
import { check } from '../../support/passes.js';

/** A model that calls `own.Twice`, whose body calls `own.Once`. */
function callingModel(opset = 17): Model {
  const model = buildModel(17, (g) => {
    const x = g.input('x', 'float32[2,3]');
    const first = g.node('Twice', [x], {}, { domain: 'own' });
    g.output(g.node('Add', [first, g.node('Once', [x], {}, { domain: 'own' })]), 'y', 'float32[2,3]');
  });
  model.opsets.set('own', 1);
  model.irVersion = 9;
  const define = (name: string, fill: (g: GraphBuilder) => void): void => {
    const graph = new Graph(name);
    fill(new GraphBuilder(graph));
    const opsets = new Map([
      ['', opset],
      ['own', 1],
    ]);
    const attributes = { attributeNames: [], attributeDefaults: new Map() };
    model.functions.push({ name, domain: 'own', overload: '', graph, opsets, ...attributes });
  };
  const body = (call: string, domain: string) => (g: GraphBuilder) => {
    const x = g.graph.declare('x');
    g.graph.addInput(x);
    const inner = g.node(call, [x], {}, { domain });
    g.graph.addOutput(g.node('Mul', [inner, x]));
  };
  define('Once', body('Tanh', ''));
  define('Twice', body('Once', 'own'));
  return model;
}

describe('inline-functions', () => {
  it('puts bodies in the place of calls, at any depth, and drops what nobody calls', async () => {
    const model = callingModel();
    await check(model, inlineFunctions);
    expect(operators(model)).toEqual(['Tanh', 'Mul', 'Mul', 'Tanh', 'Mul', 'Add']);
    expect(model.functions).toEqual([]);
  });

  it('gives the body what the call says, what the function says where it does not, and nothing else', async () => {
    const model = callingModel();
    const graph = new Graph('Scaled');
    const g = new GraphBuilder(graph);
    const x = graph.declare('x');
    graph.addInput(x);
    const handedOn = (name: string, reference: string): Attribute => ({
      kind: 'other',
      value: undefined,
      reference,
      carried: { name, refAttrName: reference, type: 1 },
    });
    const leaky = g.node('LeakyRelu', [x], { alpha: handedOn('alpha', 'slope') });
    const elu = g.node('Elu', [leaky], { alpha: handedOn('alpha', 'steepness') });
    graph.addOutput(g.node('Selu', [elu], { gamma: handedOn('gamma', 'unknown') }));
    model.functions.push({
      name: 'Scaled',
      domain: 'own',
      overload: '',
      graph,
      opsets: new Map([['', 17]]),
      attributeNames: ['slope', 'unknown'],
      attributeDefaults: new Map([['steepness', attribute.float(0.5)]]),
    });
    const call = new GraphBuilder(model.graph);
    const [input] = model.graph.inputs;
    const scaled = call.node('Scaled', [input], { slope: attribute.float(0.25) }, { domain: 'own' });
    call.output(scaled, 'scaled', 'float32[2,3]');
    const read = decodeModel(encodeModel(model));
    await check(read, inlineFunctions);
    expect(read.functions).toEqual([]);
    const settings = [...read.graph.nodes()].flatMap((node) =>
      node.is('LeakyRelu', 'Elu', 'Selu')
        ? [[node.opType, [...node.attributes].map(([name, found]) => [name, found.value])]]
        : [],
    );
    expect(settings).toEqual([
      ['LeakyRelu', [['alpha', 0.25]]],
      ['Elu', [['alpha', 0.5]]],
      ['Selu', []],
    ]);
  });

  it('leaves a function alone that means another operator set', async () => {
    const report = await check(callingModel(16), inlineFunctions);
    expect(report.changes).toBe(0);
    expect(report.passes[0]!.skipped[0]!.why).toBe(
      'function Twice means opset 16 of the standard, the model 17',
    );
  });
});

describe('gather-slice', () => {
  const build = (places: number[], axis: number): Model =>
    buildModel(13, (g) => {
      const x = g.input('x', 'float32[batch,6,4]');
      g.output(g.node('Gather', [x, g.constant('places', i64(...places))], { axis }), 'y');
    });

  it.each([
    [[1, 2, 3], 1],
    [[-2, -1], 2],
  ])('takes neighbours %j along axis %i as a Slice', async (places, axis) => {
    const model = build(places, axis);
    await check(model, gatherSlice);
    expect(operators(model)).toEqual(['Slice']);
  });

  it.each([[[2, 1]], [[0, 2]], [[-1, 0]]])('leaves the places %j alone', async (places) => {
    expect((await check(build(places, 1), gatherSlice)).changes).toBe(0);
  });
});
