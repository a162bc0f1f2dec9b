import { describe, expect, it } from 'vitest';
import { printGraph } from '../../src/ir/print.js';
import { verifyModel } from '../../src/ir/verify.js';
import { Edit, removeDeadFrom } from '../../src/passes/edit.js';
import { buildModel, f32, only, operators } from '../support/build.js';

describe('Edit.replace', () => {
  it('moves readers, hands the name of an output on, and removes what is dead with its constants', () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[2]');
      const w = g.constant('w', f32([2], [1, 2]));
      const product = g.node('Mul', [x, w], {}, { name: 'product' });
      g.output(
        g.node('Add', [product, g.constant('b', f32([2], [3, 4]))], {}, { name: 'sum' }),
        'y',
        'float32[2]',
      );
    });
    const sum = only(model, 'Add');
    const edit = new Edit(sum);
    edit.replace(sum.outputs[0]!, edit.node('Abs', [model.graph.get('x')]).outputs[0]!);
    expect(printGraph(model.graph)).toBe(
      [
        'graph "graph" (%x: float32[2]) -> (%y: float32[2]) {',
        '  %y: float32[2] = Abs(%x) "sum_1"',
        '}',
      ].join('\n'),
    );
    verifyModel(model);
  });

  it.each(['an input', 'a constant', 'another output'])(
    'puts an Identity where the replacement is %s',
    (kind) => {
      const model = buildModel(13, (g) => {
        const x = g.input('x', 'float32[2]');
        g.constant('w', f32([2], [1, 2]));
        g.output(g.node('Neg', [x]), 'other');
        g.output(g.node('Abs', [x]), 'y');
      });
      const { graph } = model;
      const replacement = graph.get(kind === 'an input' ? 'x' : kind === 'a constant' ? 'w' : 'other')!;
      const old = only(model, 'Abs');
      new Edit(old).replace(old.outputs[0]!, replacement);
      expect(operators(model)).toEqual(['Neg', 'Identity']);
      expect(graph.outputs.map((value) => value.name)).toEqual(['other', 'y']);
      expect(only(model, 'Identity').inputs[0]).toBe(replacement);
      verifyModel(model);
    },
  );

  it('replaces in bodies too, where a value is read or handed out', () => {
    const model = buildModel(13, (g) => {
      const condition = g.input('condition', 'bool[]');
      const x = g.input('x', 'float32[2]');
      const inner = g.node('Abs', [x]);
      const then_branch = g.body('then', (body) => body.output(body.node('Neg', [inner])));
      const else_branch = g.body('else', (body) => {
        body.graph.addOutput(inner);
      });
      g.output(g.node('If', [condition], { then_branch, else_branch }), 'y');
    });
    const abs = only(model, 'Abs');
    const edit = new Edit(abs);
    edit.replace(abs.outputs[0]!, edit.node('Relu', [model.graph.get('x')]).outputs[0]!);
    expect(operators(model)).toEqual(['Relu', 'If']);
    verifyModel(model);
  });

  it('renames the replacement where a body means something else by its name', () => {
    const model = buildModel(13, (g) => {
      const condition = g.input('condition', 'bool[]');
      const x = g.input('x', 'float32[2]');
      const same = g.graph.addNode('Neg', [x], { outputs: [g.graph.declare('same')] }).outputs[0]!;
      const old = g.node('Abs', [same]);
      const then_branch = g.body('then', (body) => {
        body.graph.addNode('Relu', [old], { outputs: [body.graph.declare('same')] });
        body.graph.addOutput(body.graph.get('same')!);
      });
      const else_branch = g.body('else', (body) => body.output(body.node('Neg', [old])));
      g.output(g.node('If', [condition], { then_branch, else_branch }), 'y');
    });
    const abs = only(model, 'Abs');
    new Edit(abs).replace(abs.outputs[0]!, model.graph.get('same')!);
    verifyModel(model);
    expect(model.graph.get('same')).toBeUndefined();
  });
});

describe('removeDeadFrom', () => {
  it('follows producers and leaves what is read or handed out', () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[2]');
      const shared = g.node('Abs', [x]);
      g.node('Add', [g.node('Neg', [shared]), g.constant('w', f32([2], [1, 2]))]);
      g.output(shared, 'y');
    });
    removeDeadFrom(only(model, 'Add'));
    expect(operators(model)).toEqual(['Abs']);
    expect([...model.graph.constants()]).toEqual([]);
    verifyModel(model);
  });
});
