import { describe, expect, it } from 'vitest';
import { Graph } from '../../src/ir/graph.js';
import { verifyModel } from '../../src/ir/verify.js';
import { buildModel, f32, operators } from '../support/build.js';

describe('Graph.remove', () => {
  it('refuses, and changes nothing, while somebody reads the output', () => {
    const model = buildModel(17, (g) => {
      const a = g.node('Abs', [g.input('x', 'float32[2]')], {}, { name: 'a' });
      g.output(g.node('Neg', [a], {}, { name: 'b' }), 'y');
    });
    const { graph } = model;
    const [a, b] = [...graph.nodes()];
    expect(() => {
      graph.remove(a!);
    }).toThrow(/cannot remove a: a_out is still read by b/);
    expect(() => {
      graph.remove(a!, b!);
    }).toThrow(/read by the graph output/);
    verifyModel(model);
  });

  it('removes several that read each other, and lets go of what their bodies read and return', () => {
    const model = buildModel(17, (g) => {
      const condition = g.input('condition', 'bool[]');
      const x = g.input('x', 'float32[2]');
      const kept = g.node('Abs', [x]);
      const inside = (name: string): Graph =>
        g.body(name, (inner) => {
          const deeper = inner.body('deeper', (last) => {
            last.output(last.node('Neg', [kept]));
            last.graph.addOutput(kept);
          });
          inner.output(inner.nodes('If', [condition], { then_branch: deeper }, { outputs: 2 })[0]!);
        });
      const chosen = g.node('If', [condition], { then_branch: inside('yes'), else_branch: inside('no') });
      g.node('Neg', [chosen]);
      g.output(kept, 'y');
    });
    const { graph } = model;
    const kept = graph.get('y')!;
    expect(kept.useCount).toBe(2);
    expect(kept.outputSlots).toBe(3);
    const [, chosen, reader] = [...graph.nodes()];
    const body = [...chosen!.subgraphs()][0]!;
    graph.remove(chosen!, reader!);
    expect(kept.useCount).toBe(0);
    expect(kept.outputSlots).toBe(1);
    expect(operators(model)).toEqual(['Abs']);
    expect([...body.nodes()]).toEqual([]);
    verifyModel(model);
  });

  it('may happen while looping', () => {
    const model = buildModel(17, (g) => {
      const x = g.input('x', 'float32[2]');
      for (let i = 0; i < 4; i++) g.node('Abs', [x]);
    });
    let seen = 0;
    for (const node of model.graph.nodes()) {
      seen += 1;
      model.graph.remove(node);
    }
    expect(seen).toBe(4);
    expect(model.graph.nodeCount).toBe(0);
  });
});

describe('Graph names', () => {
  it('are unique in a scope, may repeat in sibling bodies, and resolve outwards', () => {
    const outer = new Graph('outer');
    const x = outer.declare('x');
    const first = new Graph('first', outer);
    const second = new Graph('second', outer);
    const inner = first.declare('same');
    expect(second.declare('same')).not.toBe(inner);
    expect(first.resolve('x')).toBe(x);
    expect(outer.resolve('same')).toBeUndefined();
    expect(() => outer.declare('x')).toThrow(/defined twice/);
    expect(outer.newValue('same').name).toBe('same_1');
  });

  it('move with rename and swapNames', () => {
    const graph = new Graph();
    const a = graph.declare('a');
    const b = graph.declare('b');
    graph.swapNames(a, b);
    expect([graph.get('a'), graph.get('b'), a.name, b.name]).toEqual([b, a, 'b', 'a']);
    graph.rename(a, 'c');
    expect(graph.get('b')).toBeUndefined();
    expect(graph.get('c')).toBe(a);
    expect(() => {
      graph.rename(a, 'a');
    }).toThrow(/taken/);
  });
});

describe('Graph inputs and outputs', () => {
  it('know constants among the inputs, and every place in the output list', () => {
    const model = buildModel(8, (g) => {
      const x = g.input('x', 'float32[2]');
      const w = g.constant('w', f32([2], [1, 2]));
      g.graph.addInput(w);
      const y = g.node('Add', [x, w]);
      g.output(y, 'y');
      g.graph.addOutput(y);
    });
    const { graph } = model;
    expect(graph.requiredInputs.map((value) => value.name)).toEqual(['x']);
    const y = graph.get('y')!;
    expect(y.outputSlots).toBe(2);
    graph.setOutput(1, graph.get('x')!);
    expect([y.outputSlots, graph.get('x')!.outputSlots]).toEqual([1, 1]);
    graph.removeOutput(1);
    expect(graph.get('x')!.isGraphOutput).toBe(false);
    verifyModel(model);
  });

  it('drop an unused constant and nothing that is in use', () => {
    const graph = new Graph();
    const free = graph.addConstant('free', f32([1], [1]));
    const used = graph.addConstant('used', f32([1], [1]));
    graph.addNode('Abs', [used]);
    graph.removeValue(free);
    expect(graph.get('free')).toBeUndefined();
    expect(() => {
      graph.removeValue(used);
    }).toThrow(/in use/);
  });
});
