import { describe, expect, it } from 'vitest';
import { TypeFacts } from '../../../src/passes/types/infer-types.js';
import { attribute } from '../../../src/ir/attribute.js';
import type { Value } from '../../../src/ir/value.js';
import { identities } from '../../../src/passes/simplify/identities.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, f32, i64, operators, type GraphBuilder } from '../../support/build.js';
import { check } from '../../support/passes.js';

type Build = (g: GraphBuilder, x: Value) => Value;

/** The operators that are left of `operation` between an Abs and a Neg. */
async function left(opset: number, type: string, operation: Build): Promise<string[]> {
  const model = buildModel(opset, (g) => {
    const x = g.node('Abs', [g.input('x', type)]);
    g.output(g.node('Neg', [operation(g, x)]), 'y', type.replace(/\[.*/, ''));
  });
  await check(model, identities);
  return operators(model).slice(1, -1);
}

const none: [string, number, string, Build][] = [
  ['Identity', 13, 'float32[2,3]', (g, x) => g.node('Identity', [x])],
  ['Dropout with attributes', 7, 'float32[2,3]', (g, x) => g.node('Dropout', [x])],
  [
    'Dropout with an unread mask',
    13,
    'float32[2,3]',
    (g, x) => g.nodes('Dropout', [x], {}, { outputs: 2 })[0]!,
  ],
  ['Cast to the same type', 13, 'float32[2,3]', (g, x) => g.node('Cast', [x], { to: 1 })],
  [
    'Reshape to the known dims',
    13,
    'float32[2,3]',
    (g, x) => g.node('Reshape', [x, g.constant('s', i64(2, 3))]),
  ],
  [
    'Reshape that keeps and infers',
    13,
    'float32[n,3,4]',
    (g, x) => g.node('Reshape', [x, g.constant('s', i64(-1, 3, 0))]),
  ],
  ['Flatten of a matrix', 13, 'float32[2,3]', (g, x) => g.node('Flatten', [x])],
  ['Transpose in the same order', 13, 'float32[2,3]', (g, x) => g.node('Transpose', [x], { perm: [0, 1] })],
  ['Pad by nothing', 13, 'float32[2,3]', (g, x) => g.node('Pad', [x, g.constant('p', i64(0, 0, 0, 0))])],
  ['Pad by nothing, as attribute', 9, 'float32[2,3]', (g, x) => g.node('Pad', [x], { pads: [0, 0, 0, 0] })],
  [
    'Slice of everything',
    13,
    'float32[n,3]',
    (g, x) =>
      g.node('Slice', [x, g.constant('s', i64(0)), g.constant('e', i64(2 ** 40)), g.constant('a', i64(0))]),
  ],
  [
    'Slice of everything, as attributes',
    9,
    'float32[2,3]',
    (g, x) => g.node('Slice', [x], { starts: [0, 0], ends: [2, 3] }),
  ],
  ['Concat of one', 13, 'float32[2,3]', (g, x) => g.node('Concat', [x], { axis: 0 })],
  ['Split into one', 13, 'float32[2,3]', (g, x) => g.node('Split', [x], { axis: 1 })],
  ['Sum of one', 13, 'float32[2,3]', (g, x) => g.node('Sum', [x])],
  [
    'Expand to the same dims',
    13,
    'float32[2,3]',
    (g, x) => g.node('Expand', [x, g.constant('s', i64(2, 1))]),
  ],
  ['Expand by ones', 13, 'float32[n,3]', (g, x) => g.node('Expand', [x, g.constant('s', i64(1, 1))])],
  ['Tile once', 13, 'float32[n,3]', (g, x) => g.node('Tile', [x, g.constant('r', i64(1, 1))])],
  [
    'Resize by one',
    13,
    'float32[1,1,2,3]',
    (g, x) => g.node('Resize', [x, undefined, g.constant('r', f32([4], [1, 1, 1, 1]))], { mode: 'linear' }),
  ],
  [
    'Resize to the same size',
    13,
    'float32[1,1,2,3]',
    (g, x) =>
      g.node('Resize', [x, undefined, undefined, g.constant('r', i64(1, 1, 2, 3))], { mode: 'linear' }),
  ],
  [
    'Upsample by one',
    9,
    'float32[1,1,2,3]',
    (g, x) => g.node('Upsample', [x, g.constant('r', f32([4], [1, 1, 1, 1]))]),
  ],
];

const kept: [string, number, string, Build, string[]][] = [
  [
    'Cast to another type',
    13,
    'float32[2,3]',
    (g, x) => g.node('Cast', [g.node('Cast', [x], { to: 7 })], { to: 1 }),
    ['Cast', 'Cast'],
  ],
  [
    'Reshape to other dims',
    13,
    'float32[2,3]',
    (g, x) => g.node('Reshape', [x, g.constant('s', i64(3, 2))]),
    ['Reshape'],
  ],
  [
    'Reshape of unknown dims',
    13,
    'float32[n,m]',
    (g, x) => g.node('Reshape', [x, g.constant('s', i64(-1, 2))]),
    ['Reshape'],
  ],
  [
    'Slice backwards',
    13,
    'float32[2,3]',
    (g, x) =>
      g.node('Slice', [
        x,
        g.constant('s', i64(-1)),
        g.constant('e', i64(-99)),
        g.constant('a', i64(1)),
        g.constant('t', i64(-1)),
      ]),
    ['Slice'],
  ],
  [
    'Slice of a part',
    13,
    'float32[2,3]',
    (g, x) => g.node('Slice', [x, g.constant('s', i64(1)), g.constant('e', i64(3)), g.constant('a', i64(1))]),
    ['Slice'],
  ],
  ['Transpose of a square', 13, 'float32[3,3]', (g, x) => g.node('Transpose', [x]), ['Transpose']],
  [
    'Expand to more',
    13,
    'float32[1,3]',
    (g, x) => g.node('Expand', [x, g.constant('s', i64(2, 3))]),
    ['Expand'],
  ],
  [
    'Expand to a higher rank',
    13,
    'float32[2,3]',
    (g, x) => g.node('Expand', [x, g.constant('s', i64(1, 1, 1))]),
    ['Expand'],
  ],
];

describe('identities', () => {
  it.each(none)('removes %s (opset %i)', async (_, opset, type, operation) => {
    expect(await left(opset, type, operation)).toEqual([]);
  });

  it.each(kept)('keeps %s (opset %i)', async (_, opset, type, operation, operators_) => {
    expect(await left(opset, type, operation)).toEqual(operators_);
  });

  it('keeps a Dropout whose mask is read or that may be trained, and says why', async () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[4]');
      const [kept_, mask] = g.nodes('Dropout', [x], {}, { outputs: 2, name: 'masked' });
      g.output(kept_!, 'y', 'float32[4]');
      g.output(mask!, 'm', 'bool[4]');
      const training = g.input('training', 'bool[]');
      g.output(
        g.node('Dropout', [x, g.constant('r', f32([], [0])), training], {}, { name: 'trained' }),
        'z',
        'float32[4]',
      );
    });
    const feeds = new Map([
      ['x', f32([4], [1, 2, 3, 4])],
      ['training', Tensor.fromNumbers('bool', [], [0])],
    ]);
    const report = await check(model, identities, { feeds });
    expect(report.changes).toBe(0);
    expect(report.passes[0]!.skipped).toEqual([
      { at: 'masked', why: 'its second output is read' },
      { at: 'trained', why: 'it may be switched to training' },
    ]);
  });
});

describe('identities at the border of the graph', () => {
  it('hands the name of an output to whoever computes it, and its readers follow', async () => {
    const model = buildModel(13, (g) => {
      const inner = g.node('Abs', [g.input('x', 'float32[2]')]);
      g.output(g.node('Identity', [inner]), 'y', 'float32[2]');
      g.output(g.node('Neg', [inner]), 'z', 'float32[2]');
    });
    await check(model, identities);
    expect(operators(model)).toEqual(['Abs', 'Neg']);
    expect(model.graph.get('y')!.producer!.opType).toBe('Abs');
  });

  it('keeps one Identity between an input, a constant or another output and an output', async () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[2]');
      g.output(g.node('Identity', [x]), 'a', 'float32[2]');
      g.output(g.node('Dropout', [x]), 'b', 'float32[2]');
      g.output(g.node('Identity', [g.constant('w', f32([2], [1, 2]))]), 'c', 'float32[2]');
      const shared = g.node('Abs', [x]);
      g.output(shared, 'd', 'float32[2]');
      g.output(g.node('Identity', [g.node('Identity', [shared])]), 'e', 'float32[2]');
    });
    await check(model, identities);
    expect(operators(model)).toEqual(['Identity', 'Identity', 'Identity', 'Abs', 'Identity']);
  });

  it('keeps what a body hands out from outside', async () => {
    const model = buildModel(13, (g) => {
      const condition = g.input('condition', 'bool[]');
      const x = g.input('x', 'float32[2]');
      const then_branch = g.body('then', (body) =>
        body.output(body.node('Identity', [x]), 'a', 'float32[2]'),
      );
      const else_branch = g.body('else', (body) =>
        body.output(
          body.node('Identity', [body.node('Neg', [body.node('Identity', [x])])]),
          'b',
          'float32[2]',
        ),
      );
      g.output(g.node('If', [condition], { then_branch, else_branch }), 'y', 'float32[2]');
    });
    const report = await check(model, identities);
    expect(report.changes).toBe(2);
    expect(report.nodesAfter).toBe(3);
  });

  it('understands a training flag of old files', async () => {
    const report = await identities.run(
      buildModel(6, (g) => {
        const x = g.node('Abs', [g.input('x', 'float32[2]')]);
        const inference = g.node('Dropout', [x], { is_test: 1 }, { name: 'inference' });
        g.output(g.node('Dropout', [inference], { ratio: attribute.float(0.5) }, { name: 'training' }), 'y');
      }),
      { evaluate: () => Promise.resolve(new Map()), constantBudget: 0, facts: new TypeFacts() },
    );
    expect(report).toEqual({
      changes: 1,
      skipped: [{ at: 'training', why: 'it is written for training (is_test is 0)' }],
    });
  });
});
