import { describe, expect, it } from 'vitest';
import { scatterBlock } from '../../../src/passes/simplify/scatter-block.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, operators } from '../../support/build.js';
import { check } from '../../support/passes.js';

/** The operators that an assignment of [3, 4, 5, ...] elements at `starts` into [3, 8, 5, 2] becomes. */
async function left(
  starts: readonly number[],
  lengths: readonly number[],
  change: (places: number[]) => void = () => undefined,
): Promise<string[]> {
  const count = lengths.reduce((product, length) => product * length, 1);
  const places = Array.from({ length: count }, (_, at) =>
    lengths.map((length, axis) => {
      const inner = lengths.slice(axis + 1).reduce((product, other) => product * other, 1);
      return starts[axis]! + (Math.floor(at / inner) % length);
    }),
  ).flat();
  change(places);
  const dims = [3, 8, 5, 2];
  const model = buildModel(17, (g) => {
    const data = g.node('Abs', [g.input('x', `float32[${dims.join(',')}]`)]);
    const updates = g.input('u', `float32[${[...lengths, ...dims.slice(lengths.length)].join(',')}]`);
    const indices = g.constant(
      'places',
      Tensor.of('int64', [...lengths, lengths.length], BigInt64Array.from(places, BigInt)),
    );
    g.output(g.node('Neg', [g.node('ScatterND', [data, indices, updates])]), 'y', 'float32');
  });
  await check(model, scatterBlock);
  return operators(model).slice(1, -1);
}

describe('scatter-block', () => {
  it.each([
    ['in the middle', [0, 2, 0], [3, 4, 5], ['Slice', 'Slice', 'Concat']],
    ['at the start', [0, 0, 0, 0], [3, 6, 5, 2], ['Slice', 'Concat']],
    ['at the end', [0, 2, 0], [3, 6, 5], ['Slice', 'Concat']],
  ])('makes Slice and Concat of a block %s', async (_, starts, lengths, expected) => {
    expect(await left(starts, lengths)).toEqual(expected);
  });

  it('lets the updates stand for all of the data where they cover it', async () => {
    expect(await left([0, 0, 0], [3, 8, 5])).toEqual([]);
  });

  it.each([
    ['a block that is cut along two axes', [0, 2, 1], [3, 6, 4]],
    ['a list of few places', [0, 2], [3, 4]],
  ])('leaves %s', async (_, starts, lengths) => {
    expect(await left(starts, lengths)).toEqual(['ScatterND']);
  });

  it('leaves places in another order', async () => {
    const swap = (places: number[]): void => {
      [places[2], places[5]] = [places[5]!, places[2]!];
    };
    expect(await left([0, 2, 0], [3, 4, 5], swap)).toEqual(['ScatterND']);
  });
});
