import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/ir/attribute.js';
import { Graph } from '../../../src/ir/graph.js';
import { printGraph } from '../../../src/ir/print.js';
import { tensorType } from '../../../src/ir/types.js';
import { copyGraph } from '../../../src/onnx/upgrade/copy.js';
import { Tensor } from '../../../src/tensor/tensor.js';

function nested(): Graph {
  const graph = new Graph('outer');
  const x = graph.declare('x', tensorType('float32', [2]));
  graph.addInput(x);
  const weight = graph.addConstant('w', Tensor.float32([2], [1, 2]));
  const body = new Graph('body', graph);
  body.addOutput(body.addNode('Add', [x, weight], { name: 'add' }).outputs[0]!);
  const node = graph.addNode('If', [x], { name: 'if', attributes: [['then_branch', attribute.graph(body)]] });
  graph.addOutput(node.outputs[0]!);
  return graph;
}

describe('copyGraph', () => {
  it('says the same and shares nothing but tensors', () => {
    const graph = nested();
    const copy = copyGraph(graph);
    expect(printGraph(copy)).toBe(printGraph(graph));
    expect(copy.get('w')).not.toBe(graph.get('w'));
    expect(copy.get('w')?.constant).toBe(graph.get('w')?.constant);
    const [body] = [...copy.nodes()][0]!.subgraphs();
    expect([...body!.nodes()][0]?.inputs).toEqual([copy.get('x'), copy.get('w')]);
  });

  it('leaves the edges of the original as they were', () => {
    const graph = nested();
    copyGraph(graph);
    expect(graph.get('w')?.useCount).toBe(1);
  });

  it('lets a body under another parent read the same outer values', () => {
    const graph = nested();
    const [body] = [...graph.nodes()][0]!.subgraphs();
    const copy = copyGraph(body!, new Graph('between', graph));
    expect([...copy.nodes()][0]?.inputs[1]).toBe(graph.get('w'));
    expect(graph.get('w')?.useCount).toBe(2);
  });
});
