import { describe, expect, it } from 'vitest';
import type { Model } from '../../src/ir/model.js';
import { verifyModel } from '../../src/ir/verify.js';
import { buildModel, f32, typeOf } from '../support/build.js';

function small(): Model {
  return buildModel(17, (g) => {
    const x = g.input('x', 'float32[2]');
    const w = g.constant('w', f32([2], [1, 2]));
    g.output(g.node('Mul', [x, w], {}, { name: 'scale' }), 'y');
  });
}

const verifying = (model: Model) => () => {
  verifyModel(model);
};

describe('verifyModel', () => {
  it('accepts a sound model, bodies that read outer values, and outputs that are constants', () => {
    const model = small();
    model.graph.addOutput(model.graph.get('w')!);
    verifyModel(model);
    verifyModel(
      buildModel(17, (g) => {
        const condition = g.input('condition', 'bool[]');
        const x = g.input('x', 'float32[2]');
        const then_branch = g.body('then', (inner) => inner.output(inner.node('Neg', [x])));
        const else_branch = g.body('else', (inner) => inner.output(inner.node('Abs', [x])));
        g.output(g.node('If', [condition], { then_branch, else_branch }), 'y');
      }),
    );
  });

  it.each<[string, (model: Model) => void, RegExp]>([
    [
      'a value that nothing computes',
      ({ graph }) => graph.addNode('Abs', [graph.declare('ghost')]),
      /reads ghost, which nothing computes/,
    ],
    [
      'an output that nothing computes',
      ({ graph }) => {
        graph.addOutput(graph.declare('ghost'));
      },
      /output ghost/,
    ],
    [
      'an input listed twice',
      ({ graph }) => {
        graph.addInput(graph.get('x')!);
      },
      /x is listed twice/,
    ],
    [
      'a constant of another dtype than declared',
      ({ graph }) => (graph.get('w')!.type = typeOf('int64[2]')),
      /w is float32\[2\] and declared as int64\[2\]/,
    ],
    [
      'a constant of other dims than declared',
      ({ graph }) => (graph.get('w')!.type = typeOf('float32[3]')),
      /declared as float32\[3\]/,
    ],
    [
      'a computed value that is a constant too',
      ({ graph }) => (graph.get('y')!.constant = f32([1], [1])),
      /y is computed by node scale and is a constant/,
    ],
    [
      'a lost reader',
      ({ graph }) => {
        graph.get('x')!.removeUse(graph.get('x')!.uses[0]!);
      },
      /x is read 1 times and counts 0 readers/,
    ],
    [
      'an invented reader',
      ({ graph }) => {
        graph.get('x')!.addUse({ node: graph.get('y')!.producer!, index: 1 });
      },
      /x counts node scale/,
    ],
    [
      'a renamed value behind the back of its scope',
      ({ graph }) => (graph.get('x')!.name = 'z'),
      /the value z/,
    ],
    ['a lost output place', ({ graph }) => (graph.get('y')!.outputSlots = 2), /y counts 2 places/],
    [
      'a node in the wrong order',
      ({ graph }) => {
        const first = graph.addNode('Abs', [graph.get('y')], { name: 'after' });
        graph.moveBefore(first, graph.get('y')!.producer);
      },
      /node after reads y before scale/,
    ],
  ])('refuses %s', (_, breakIt, message) => {
    const model = small();
    breakIt(model);
    expect(verifying(model)).toThrow(message);
  });

  it('refuses a value of a sibling body', () => {
    const model = buildModel(17, (g) => {
      const condition = g.input('condition', 'bool[]');
      const x = g.input('x', 'float32[2]');
      const then_branch = g.body('then', (inner) => inner.output(inner.node('Neg', [x]), 'hidden'));
      const else_branch = g.body('else', (inner) =>
        inner.output(inner.node('Abs', [then_branch.get('hidden')])),
      );
      g.output(g.node('If', [condition], { then_branch, else_branch }), 'y');
    });
    expect(verifying(model)).toThrow(/reads hidden/);
  });

  it('checks functions as well', () => {
    const model = small();
    const own = buildModel(17, (g) => g.graph.addNode('Abs', [g.graph.declare('ghost')]));
    model.functions.push({
      name: 'f',
      domain: 'local',
      overload: '',
      graph: own.graph,
      opsets: new Map([['', 17]]),
      attributeNames: [],
      attributeDefaults: new Map(),
    });
    expect(verifying(model)).toThrow(/ghost/);
  });
});
