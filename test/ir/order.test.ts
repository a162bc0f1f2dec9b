import { describe, expect, it } from 'vitest';
import { findCycle, sortTopologically } from '../../src/ir/order.js';
import { verifyModel } from '../../src/ir/verify.js';
import { buildModel, operators } from '../support/build.js';

describe('sortTopologically', () => {
  it('leaves a sorted graph as it is', () => {
    const model = buildModel(17, (g) => {
      const x = g.input('x', 'float32[2]');
      const a = g.node('Abs', [x]);
      const b = g.node('Neg', [x]);
      g.output(g.node('Add', [b, a]), 'y');
    });
    sortTopologically(model.graph);
    expect(operators(model)).toEqual(['Abs', 'Neg', 'Add']);
  });

  it('moves producers in front of readers, also of readers inside a body', () => {
    const model = buildModel(17, (g) => {
      const condition = g.input('condition', 'bool[]');
      const x = g.input('x', 'float32[2]');
      const branch = (name: string): ReturnType<typeof g.body> => g.body(name, () => undefined);
      const yes = branch('yes');
      const no = branch('no');
      g.output(g.node('If', [condition], { then_branch: yes, else_branch: no }), 'y');
      const late = g.node('Abs', [x]);
      for (const body of [yes, no]) {
        const inner = body.addNode('Neg', [late], { outputName: 'inner' });
        body.addOutput(inner.outputs[0]!);
      }
    });
    expect(() => {
      verifyModel(model);
    }).toThrow(/before/);
    sortTopologically(model.graph);
    expect(operators(model)).toEqual(['Abs', 'If']);
    verifyModel(model);
  });

  it('names the nodes of a cycle', () => {
    const model = buildModel(17, (g) => {
      const x = g.input('x', 'float32[2]');
      const a = g.node('Add', [x, x], {}, { name: 'a' });
      const b = g.node('Neg', [a], {}, { name: 'b' });
      a.producer!.setInput(1, b);
      g.output(b, 'y');
    });
    expect(() => {
      sortTopologically(model.graph);
    }).toThrow(/^cyclic: (a -> b -> a|b -> a -> b)$/);
    expect(findCycle(model.graph)).toHaveLength(2);
    expect(() => {
      verifyModel(model);
    }).toThrow(/^cyclic: /);
  });

  it('is linear: 20,000 nodes in reverse order take well under a second', () => {
    const model = buildModel(17, (g) => {
      let value = g.input('x', 'float32[2]');
      for (let i = 0; i < 20_000; i++) value = g.node('Neg', [value]);
      g.output(value, 'y');
    });
    for (const node of [...model.graph.nodesReversed()]) model.graph.moveBefore(node, undefined);
    const start = performance.now();
    sortTopologically(model.graph);
    verifyModel(model);
    expect(performance.now() - start).toBeLessThan(1500);
  });
});
