import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src/ir/model.js';
import type { Value } from '../../../src/ir/value.js';
import { safePasses } from '../../../src/passes/presets.js';
import { conditionalSqueeze } from '../../../src/passes/simplify/conditional-squeeze.js';
import { buildModel, i64, operators, randomTensor, type GraphBuilder } from '../../support/build.js';
import { check } from '../../support/passes.js';
import { Tensor } from '../../../src/tensor/tensor.js';

/** x.squeeze(-1) as PyTorch writes it, and what is asked for: squeezed where that length is 1. */
function squeezed(g: GraphBuilder, x: Value, one = 1): Value {
  const length = g.node('Gather', [g.node('Shape', [x]), g.constant(g.graph.names.fresh('last'), i64(-1))], {
    axis: 0,
  });
  const condition = g.node('Equal', [length, g.constant(g.graph.names.fresh('one'), i64(one))]);
  const taken = g.body('taken', (inner) => {
    inner.output(inner.node('Squeeze', [x, inner.constant('axes', i64(-1))]), 'squeezed');
  });
  const other = g.body('other', (inner) => {
    inner.output(inner.node('Identity', [x]), 'kept');
  });
  return g.node('If', [condition], { then_branch: taken, else_branch: other });
}

const feeds = (length: number): Map<string, Tensor> =>
  new Map([
    [
      'x',
      Tensor.float32(
        [2, 4, length],
        Array.from({ length: 8 * length }, (_, i) => i / 3),
      ),
    ],
  ]);

function recurrent(g: GraphBuilder, x: Value): Value {
  const [weight, own] = [randomTensor([1, 20, 4], 2, 0.5), randomTensor([1, 20, 5], 3, 0.5)];
  const inputs = [x, g.constant('w', weight), g.constant('r', own)];
  return g.nodes('LSTM', inputs, { hidden_size: 5 }, { outputs: 2 })[0]!;
}

function build(fill: (g: GraphBuilder, x: Value) => void): Model {
  return buildModel(16, (g) => {
    fill(g, g.input('x', 'float32[batch,4,length]'));
  });
}

describe('conditional-squeeze', () => {
  it('is one Squeeze where an LSTM takes no other rank', async () => {
    const model = build((g, x) => {
      const step = g.node('Unsqueeze', [squeezed(g, x), g.constant('first', i64(0))]);
      g.output(recurrent(g, step), 'y');
    });
    await check(model, [conditionalSqueeze, ...safePasses], { feeds: feeds(1) });
    expect(operators(model)).not.toContain('If');
  });

  it('sees through conditions on the rank that another If asks for', async () => {
    const model = build((g, x) => {
      const value = squeezed(g, x);
      const rank = g.node('Size', [g.node('Shape', [value])]);
      const isFlat = g.node('Equal', [rank, g.constant('two', Tensor.int64([], [2]))]);
      const yes = g.body('flat', (inner) => inner.output(inner.node('Identity', [value]), 'flat_out'));
      const no = g.body('deep', (inner) =>
        inner.output(inner.node('Unsqueeze', [value, inner.constant('zero', i64(0))]), 'deep_out'),
      );
      const either = g.node('If', [isFlat], { then_branch: yes, else_branch: no });
      const step = g.node('Unsqueeze', [either, g.constant('first', i64(0))]);
      g.output(recurrent(g, step), 'y');
    });
    await check(model, safePasses, { feeds: feeds(1) });
    expect(operators(model)).toEqual(['Squeeze', 'Unsqueeze', 'LSTM']);
  });

  it.each<[string, (g: GraphBuilder, x: Value) => void]>([
    [
      'what reads it takes both ranks',
      (g, x) => {
        g.output(g.node('Relu', [squeezed(g, x)]), 'y');
      },
    ],
    [
      'the condition asks for another length',
      (g, x) => {
        const step = g.node('Unsqueeze', [squeezed(g, x, 3), g.constant('first', i64(0))]);
        g.output(g.node('Relu', [step]), 'y');
      },
    ],
  ])('is left alone where %s', async (_, fill) => {
    const model = build(fill);
    const report = await check(model, conditionalSqueeze, { feeds: feeds(2) });
    expect(report.changes).toBe(0);
  });
});
