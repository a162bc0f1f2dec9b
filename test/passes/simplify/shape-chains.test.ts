import { describe, expect, it } from 'vitest';
import { broadcastExpands } from '../../../src/passes/simplify/broadcast-expands.js';
import { constantIf } from '../../../src/passes/simplify/constant-if.js';
import { deadNodes } from '../../../src/passes/simplify/dead-nodes.js';
import { equalIntegers } from '../../../src/passes/simplify/equal-integers.js';
import { foldShapes } from '../../../src/passes/simplify/fold-shapes.js';
import { reshapeTargets } from '../../../src/passes/simplify/reshape-targets.js';
import { slicesSplit } from '../../../src/passes/simplify/slices-split.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, i64, only, operators, randomTensor, type GraphBuilder } from '../../support/build.js';
import type { Value } from '../../../src/ir/value.js';
import { check } from '../../support/passes.js';

function lengthOf(g: GraphBuilder, value: Value, axis: number): Value {
  const name = g.graph.names.fresh('axis');
  const length = g.node('Gather', [g.node('Shape', [value]), g.constant(name, Tensor.int64([], [axis]))], {
    axis: 0,
  });
  return g.node('Unsqueeze', [length, g.constant(`${name}_0`, i64(0))]);
}

describe('reshape-targets', () => {
  it('copies the symbolic dim and writes the others out', async () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[batch,seq,8]');
      const target = g.node(
        'Concat',
        [lengthOf(g, x, 0), lengthOf(g, x, 1), g.constant('heads', i64(2, 4))],
        { axis: 0 },
      );
      g.output(g.node('Reshape', [x, target]), 'y', 'float32[batch,seq,2,4]');
    });
    await check(model, [reshapeTargets, deadNodes]);
    expect(operators(model)).toEqual(['Reshape']);
    expect(only(model, 'Reshape').inputs[1]!.constant!.toBigInts().map(Number)).toEqual([0, 0, 2, 4]);
  });

  it('leaves a target with two lengths that are not at their place', async () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[batch,seq,8]');
      const target = g.node('Concat', [lengthOf(g, x, 1), lengthOf(g, x, 0), g.constant('eight', i64(8))], {
        axis: 0,
      });
      g.output(g.node('Reshape', [x, target]), 'y', 'float32[seq,batch,8]');
    });
    const report = await check(model, reshapeTargets);
    expect(report.changes).toBe(0);
    expect(report.passes[0]!.skipped[0]!.why).toContain('more than one length');
  });
});

describe('equal-integers', () => {
  it('takes a length from where it was computed first', async () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[batch,8]');
      const y = g.node('Relu', [x]);
      g.output(g.node('Concat', [lengthOf(g, x, 0), lengthOf(g, y, 0)], { axis: 0 }), 'lengths', 'int64[2]');
      g.output(y, 'y', 'float32[batch,8]');
    });
    await check(model, [foldShapes, equalIntegers, deadNodes]);
    expect(operators(model).filter((one) => one === 'Shape')).toHaveLength(1);
  });
});

describe('constant-if', () => {
  it.each([0, 1])('puts the branch in its place, names kept unique (%i)', async (decided) => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[3]');
      const branch = (name: string, opType: string): ReturnType<GraphBuilder['body']> =>
        g.body(name, (inner) => {
          inner.graph.addOutput(
            inner.node(opType, [inner.node('Abs', [x], {}, { name: 'same' })], {}, { name: `${name}_2` }),
          );
        });
      const condition = g.constant('condition', Tensor.fromNumbers('bool', [], [decided]));
      const result = g.node('If', [condition], {
        then_branch: branch('a', 'Neg'),
        else_branch: branch('b', 'Relu'),
      });
      g.output(g.node('Sqrt', [g.node('Abs', [result])]), 'y', 'float32[3]');
    });
    await check(model, constantIf);
    expect(operators(model)).toEqual(['Abs', decided === 1 ? 'Neg' : 'Relu', 'Abs', 'Sqrt']);
  });
});

describe('broadcast-expands', () => {
  it('keeps an Expand that alone brings a dim in', async () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[2,4]');
      const wide = g.node('Expand', [x, g.constant('shape', i64(1, 2, 4))]);
      g.output(g.node('Add', [wide, g.constant('c', randomTensor([4]))]), 'y', 'float32[1,2,4]');
    });
    expect((await check(model, broadcastExpands)).changes).toBe(0);
  });

  it('removes one whose reader broadcasts to the same', async () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[4]');
      const wide = g.node('Expand', [x, g.constant('shape', i64(3, 4))]);
      g.output(g.node('Add', [wide, g.constant('c', randomTensor([3, 4]))]), 'y', 'float32[3,4]');
    });
    await check(model, broadcastExpands);
    expect(operators(model)).toEqual(['Add']);
  });
});

describe('slices-split', () => {
  it('makes one Split where every part is taken, in whatever order', async () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[2,6]');
      const cut = (name: string, start: number, end: number): Value =>
        g.node('Slice', [x, ...[start, end, 1].map((one, at) => g.constant(`${name}${at}`, i64(one)))]);
      const last = g.node('Neg', [cut('b', 2, 2 ** 40)]);
      g.output(g.node('Concat', [last, cut('a', 0, 2)], { axis: 1 }), 'y', 'float32[2,6]');
    });
    await check(model, slicesSplit);
    expect(operators(model)).toEqual(['Split', 'Neg', 'Concat']);
  });
});
