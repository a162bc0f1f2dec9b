import { describe, expect, it } from 'vitest';
import { labelMetrics, outputMetrics } from '../../../src/bench/metrics/list.js';
import { scoresOutput } from '../../../src/bench/metrics/scores.js';
import { sqnrCeiling } from '../../../src/bench/metrics/sqnr.js';
import { Tensor } from '../../../src/tensor/tensor.js';

const isRight = (name: string, scores: number[], label: number): unknown =>
  labelMetrics
    .find((metric) => metric.name === name)!
    .keep({ sample: '#0', outputs: new Map(), scores: row(...scores), label, target: undefined });

function measure(name: string, pairs: [Tensor, Tensor][]): number | null {
  const accumulator = outputMetrics.find((metric) => metric.name === name)!.create();
  for (const [reference, candidate] of pairs) accumulator.add(reference, candidate);
  return accumulator.result();
}
const row = (...values: number[]): Tensor => Tensor.float32([1, values.length], values);

describe('top-k', () => {
  it('takes the first of equal scores', () => {
    expect(isRight('top1', [1, 3, 3], 1)).toBe(true);
    expect(isRight('top1', [1, 3, 3], 2)).toBe(false);
    expect(isRight('top5', [1, 1, 1, 1, 1, 1], 4)).toBe(true);
    expect(isRight('top5', [1, 1, 1, 1, 1, 1], 5)).toBe(false);
  });

  it('does not take NaN or minus infinity for a good score', () => {
    expect(isRight('top1', [NaN, 0.2, 0.1], 0)).toBe(false);
    expect(isRight('top1', [NaN, 0.2, 0.1], 1)).toBe(true);
    expect(isRight('top1', [-Infinity, -Infinity], 0)).toBe(true);
    expect(isRight('top5', [NaN, 1, 2, 3, 4, 5, 6], 0)).toBe(false);
  });
});

describe('the output with the scores', () => {
  const scores = row(1, 2, 3);
  it('is the float output with one dim beside ones', () => {
    const outputs = new Map([
      ['ids', Tensor.int64([1, 3], [1, 2, 3])],
      ['map', Tensor.float32([1, 2, 2], [1, 2, 3, 4])],
      ['scores', scores.reshaped([1, 3, 1, 1])],
    ]);
    expect(scoresOutput(outputs)).toBe('scores');
  });

  it('is of several the first with enough classes', () => {
    const outputs = new Map([
      ['box', row(1, 2)],
      ['scores', scores],
      ['others', scores],
    ]);
    expect(scoresOutput(outputs, 3)).toBe('scores');
    expect(scoresOutput(outputs)).toBe('box');
  });

  it('is none where there is none', () => {
    expect(scoresOutput(new Map([['value', row(1)]]))).toBeUndefined();
  });
});

describe('agreement', () => {
  it('is the share of equal best classes', () => {
    expect(
      measure('agreement', [
        [row(1, 2), row(3, 4)],
        [row(1, 2), row(4, 3)],
      ]),
    ).toBe(0.5);
  });

  it('decides at each position of a sequence, and sees through dims of 1', () => {
    const a = Tensor.float32([1, 2, 2], [1, 2, 2, 1]);
    expect(measure('agreement', [[a, Tensor.float32([1, 2, 2], [1, 2, 1, 2])]])).toBe(0.5);
    const wide = row(1, 2, 3).reshaped([1, 3, 1, 1]);
    expect(measure('agreement', [[wide, row(0, 0, 9).reshaped([1, 3, 1, 1])]])).toBe(1);
  });

  it('compares integers and texts element by element', () => {
    expect(measure('agreement', [[Tensor.int64([4], [1, 2, 3, 4]), Tensor.int64([4], [1, 2, 3, 5])]])).toBe(
      0.75,
    );
    expect(
      measure('agreement', [[Tensor.fromStrings([2], ['a', 'b']), Tensor.fromStrings([2], ['a', 'bb'])]]),
    ).toBe(0.5);
  });
});

describe('distances', () => {
  it('cosine: mean of the samples, by hand', () => {
    const value = measure('cosine', [
      [row(1, 0), row(1, 1)],
      [row(3, 4), row(6, 8)],
    ]);
    expect(value).toBeCloseTo((Math.SQRT1_2 + 1) / 2, 12);
    expect(measure('cosine', [[row(0, 0), row(0, 0)]])).toBe(1);
    expect(measure('cosine', [[row(0, 0), row(0, 1)]])).toBe(0);
  });

  it('SQNR: energy over energy of the error, all samples together', () => {
    const value = measure('sqnr_db', [
      [row(10, 0), row(10, 1)],
      [row(0, 20), row(0, 18)],
    ]);
    expect(value).toBeCloseTo(10 * Math.log10(500 / 5), 12);
    expect(measure('sqnr_db', [[row(1, 2), row(1, 2)]])).toBe(sqnrCeiling);
    expect(measure('sqnr_db', [[row(0, 0), row(0, 2)]])).toBe(-sqnrCeiling);
  });

  it('largest difference', () => {
    expect(measure('max_abs', [[row(1, -2), row(1.5, -4)]])).toBe(2);
    expect(measure('max_abs', [])).toBeNull();
  });

  it('reads half floats as numbers', () => {
    const half = Tensor.fromNumbers('float16', [1, 2], [1, 2]);
    expect(measure('max_abs', [[half, Tensor.fromNumbers('float16', [1, 2], [1, 2.5])]])).toBe(0.5);
  });
});
