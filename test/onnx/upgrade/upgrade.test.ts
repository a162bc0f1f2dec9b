import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/ir/attribute.js';
import { Graph } from '../../../src/ir/graph.js';
import { Model } from '../../../src/ir/model.js';
import { printModel } from '../../../src/ir/print.js';
import { tensorType } from '../../../src/ir/types.js';
import { upgradeOpset } from '../../../src/onnx/upgrade/upgrade.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { expectSame, floats, oneNode, run } from './models.js';

const { int, ints, float } = attribute;

/** x > 0 somewhere: squeeze and clip x in a body, which reads an outer value; else its negative. */
function withBodies(): Model {
  const model = Model.create(10);
  const { graph } = model;
  const x = graph.declare('x', tensorType('float32', [1, 4]));
  graph.addInput(x);
  const largest = graph.addNode('ReduceMax', [x], { attributes: [['keepdims', int(0)]] }).outputs[0];
  const condition = graph.addNode('Greater', [largest, graph.addConstant('zero', Tensor.float32([], [0]))])
    .outputs[0];
  const clipped = new Graph('then', graph);
  const flat = clipped.addNode('Squeeze', [x], { attributes: [['axes', ints([0])]] }).outputs[0];
  const clip = clipped.addNode('Clip', [flat], { attributes: [['max', float(1)]] }).outputs[0]!;
  clipped.addOutput(clip);
  const negated = new Graph('else', graph);
  const negative = negated.addNode('Neg', [x]).outputs[0];
  negated.addOutput(negated.addNode('Squeeze', [negative]).outputs[0]!);
  const attributes = [
    ['then_branch', attribute.graph(clipped)] as const,
    ['else_branch', attribute.graph(negated)] as const,
  ];
  const result = graph.addNode('If', [condition], { name: 'if', attributes });
  graph.addOutput(result.outputs[0]!);
  return model;
}

/** A function of the model's own, whose operators change on the way to the newest opsets. */
function withFunction(): Model {
  const model = Model.create(13);
  model.irVersion = 8;
  model.opsets.set('own', 1);
  const body = new Graph('center');
  const input = body.declare('in');
  body.addInput(input);
  const mean = body.addNode('ReduceMean', [input], { attributes: [['axes', ints([1])]] }).outputs[0];
  body.addOutput(body.addNode('Sub', [input, mean]).outputs[0]!);
  model.functions.push({
    name: 'center',
    domain: 'own',
    overload: '',
    graph: body,
    opsets: new Map([['', 13]]),
    attributeNames: [],
    attributeDefaults: new Map(),
  });
  const x = model.graph.declare('x', tensorType('float32', [2, 4]));
  model.graph.addInput(x);
  model.graph.addOutput(model.graph.addNode('center', [x], { domain: 'own' }).outputs[0]!);
  return model;
}

describe('upgradeOpset', () => {
  it('carries bodies along', async () => {
    for (const sign of [1, -1]) {
      const x = Tensor.float32(
        [1, 4],
        [0.5, 2, 0.25, 3].map((value) => value * sign),
      );
      const feeds = new Map([['x', x]]);
      await expectSame(withBodies, feeds, await run(withBodies(), feeds));
    }
  });

  it('carries functions along, with constants as nodes', async () => {
    const feeds = new Map([['x', floats(2, 4)]]);
    await expectSame(withFunction, feeds, await run(withFunction(), feeds));
    const model = withFunction();
    upgradeOpset(model, 18);
    expect(model.functions[0]?.opsets.get('')).toBe(18);
    expect([...model.functions[0]!.graph.nodes()].map(({ opType }) => opType)).toEqual([
      'Constant',
      'ReduceMean',
      'Sub',
    ]);
  });

  it('refuses an attribute that the caller of a function sets', () => {
    const model = withFunction();
    const [mean] = model.functions[0]!.graph.nodes();
    mean!.attributes.set('axes', { kind: 'other', value: undefined });
    expect(() => upgradeOpset(model, 18)).toThrow(/ReduceMean .* axes is set by the function around it/);
  });

  it('says what was rewritten', () => {
    const report = upgradeOpset(withBodies(), 17);
    expect(report).toEqual({
      from: 10,
      to: 17,
      conversions: [
        { operator: 'Clip', version: 11, nodes: 1 },
        { operator: 'Squeeze', version: 13, nodes: 2 },
      ],
    });
  });

  it('leaves a model at or above the target alone', () => {
    const model = withBodies();
    const before = printModel(model);
    expect(upgradeOpset(model, 10)).toEqual({ from: 10, to: 10, conversions: [] });
    expect(upgradeOpset(model, 7).to).toBe(10);
    expect(printModel(model)).toBe(before);
  });

  it('leaves the model untouched when a later node is refused', () => {
    const model = withBodies();
    model.graph.addNode('Dropout', [model.graph.outputs[0]], { name: 'drop', outputs: 2 });
    const mask = [...model.graph.nodesReversed()][0]!.outputs[1]!;
    model.graph.addOutput(mask);
    const before = printModel(model);
    expect(() => upgradeOpset(model, 17)).toThrow(
      'operator Dropout of node drop cannot be carried from opset 11 to 12: its mask is read, which has no defined ' +
        'content outside of training before opset 12',
    );
    expect(printModel(model)).toBe(before);
    expect(model.opset).toBe(10);
  });

  it('raises the IR version where the opset asks for it', () => {
    const model = withBodies();
    model.irVersion = 3;
    upgradeOpset(model, 21);
    expect(model.irVersion).toBe(10);
  });

  it('refuses operators that the standard does not know, or not yet', () => {
    const unknown = oneNode({ opset: 11, operator: 'FancyNorm', inputs: [floats(2)] });
    expect(() => upgradeOpset(unknown, 13)).toThrow(
      /FancyNorm of node node cannot be carried .* in no opset/,
    );
    const soon = oneNode({ opset: 11, operator: 'HardSwish', inputs: [floats(2)] });
    expect(() => upgradeOpset(soon, 14)).toThrow(/since opset 14 only/);
    const experiment = oneNode({ opset: 7, operator: 'GRUUnit', inputs: [floats(1, 2)] });
    expect(() => upgradeOpset(experiment, 10)).toThrow(/opset 9 to 10: the experimental operator ended/);
  });

  it('leaves operators of other domains alone', () => {
    const model = oneNode({ opset: 11, operator: 'Relu', inputs: [floats(2)] });
    const [relu] = model.graph.nodes();
    relu!.domain = 'com.microsoft';
    relu!.opType = 'Gelu';
    upgradeOpset(model, 26);
    expect(model.opset).toBe(26);
  });

  it('knows which opsets there are', () => {
    const model = withBodies();
    expect(() => upgradeOpset(model, 99)).toThrow(/opset 99/);
    expect(() => upgradeOpset(model, 12.5)).toThrow(/opset 12.5/);
  });
});
