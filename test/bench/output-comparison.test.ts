import { describe, expect, it } from 'vitest';
import { OutputComparison } from '../../src/bench/output-comparison.js';
import { Tensor } from '../../src/tensor/tensor.js';

const row = (...values: number[]): Tensor => Tensor.float32([1, values.length], values);
const outputs = (entries: Record<string, Tensor>): Map<string, Tensor> => new Map(Object.entries(entries));

function compare(
  reference: Record<string, Tensor>,
  candidate: Record<string, Tensor>,
  scores?: string,
): OutputComparison {
  const comparison = new OutputComparison();
  comparison.add('one', outputs(reference), outputs(candidate), scores);
  return comparison;
}

describe('OutputComparison', () => {
  it('sums over outputs, and lets the scores alone decide', () => {
    const comparison = compare(
      { scores: row(1, 2), boxes: row(9, 1) },
      { scores: row(1, 3), boxes: row(1, 9) },
      'scores',
    );
    expect(comparison.overall()).toMatchObject({ agreement: 1, max_abs: 8 });
    expect(comparison.byOutput().map(({ name, agreement }) => [name, agreement])).toEqual([
      ['scores', 1],
      ['boxes', 0],
    ]);
  });

  it('compares floats of different widths', () => {
    const half = Tensor.fromNumbers('float16', [1, 2], [1, 2]);
    expect(compare({ y: row(1, 2) }, { y: half }).overall()).toMatchObject({ max_abs: 0, cosine: 1 });
  });

  it('names the first value that is not finite, and gives no distance then', () => {
    const comparison = compare({ y: row(1, 2) }, { y: row(1, Infinity) });
    expect(comparison.notFinite).toEqual({ output: 'y', sample: 'one', value: 'Infinity' });
    expect(comparison.overall()).toEqual({
      agreement: null,
      cosine: null,
      kl: null,
      sqnr_db: null,
      max_abs: null,
    });
  });

  it('leaves out what is not finite in the baseline either', () => {
    const masked = compare({ y: row(3, -Infinity, 1) }, { y: row(3, -Infinity, 0) });
    expect(masked.notFinite).toBeUndefined();
    expect(masked.overall()).toMatchObject({ agreement: 1, max_abs: 1 });
    expect(masked.overall().sqnr_db).toBeCloseTo(10, 9);
  });

  it.each([
    ['other dims', { y: row(1, 2, 3) }, 'float32[1, 3]'],
    ['another kind of number', { y: Tensor.int64([1, 2], [1, 2]) }, 'int64[1, 2]'],
    ['nothing', {}, 'absent'],
  ])('says when an output has %s', (_, candidate, found) => {
    const comparison = compare({ y: row(1, 2) }, candidate);
    expect(comparison.incomparable).toEqual({ output: 'y', sample: 'one', found, expected: 'float32[1, 2]' });
    expect(comparison.overall().cosine).toBeNull();
  });
});
