import { describe, expect, it } from 'vitest';
import { Graph } from '../../src/ir/graph.js';

describe('Value', () => {
  it('counts every place where it is read', () => {
    const graph = new Graph();
    const x = graph.declare('x');
    const square = graph.addNode('Mul', [x, x]);
    expect(x.useCount).toBe(2);
    expect(x.consumers).toEqual([square]);
    expect(x.soleConsumer).toBeUndefined();
    square.setInput(1, undefined);
    expect(x.soleConsumer).toBe(square);
    graph.addOutput(x);
    expect(x.soleConsumer).toBeUndefined();
    square.clearInputs();
    expect(x.isUnused).toBe(false);
    graph.removeOutput(0);
    expect(x.isUnused).toBe(true);
  });

  it('is produced by one node only', () => {
    const graph = new Graph();
    const first = graph.addNode('Abs', [graph.declare('x')]);
    const second = graph.addNode('Neg', [graph.declare('z')], { outputs: 0 });
    const y = first.outputs[0]!;
    expect(() => {
      second.setOutput(0, y);
    }).toThrow(/already produced/);
    first.setOutput(0, undefined);
    second.setOutput(1, y);
    expect(y.producer).toBe(second);
    expect([second.outputs.length, y.producerIndex]).toEqual([2, 1]);
  });

  it('keeps its uses right when inputs are set beyond the end of the list', () => {
    const graph = new Graph();
    const x = graph.declare('x');
    const node = graph.addNode('Clip', []);
    node.setInput(2, x);
    expect(node.inputs).toEqual([undefined, undefined, x]);
    expect(x.uses).toEqual([{ node, index: 2 }]);
    node.setInputs([x]);
    expect(x.uses).toEqual([{ node, index: 0 }]);
  });
});
