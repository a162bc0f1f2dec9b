import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitIndices } from '../../src/data/split.js';

const plain = { seed: 1, shuffle: true };

describe('splitIndices', () => {
  it('gives disjoint parts of the sizes asked for, whatever the numbers', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), fc.nat(50), fc.integer(), (calibrate, evaluate, spare, seed) => {
        const count = calibrate + evaluate + spare;
        const split = splitIndices(count, { calibrate, evaluate, seed, shuffle: true }, 'data');
        expect(split.calibrate).toHaveLength(calibrate);
        expect(split.evaluate).toHaveLength(evaluate);
        const all = [...split.calibrate, ...split.evaluate];
        expect(new Set(all).size).toBe(all.length);
        expect(all.every((index) => index >= 0 && index < count)).toBe(true);
      }),
    );
  });

  it('is the same for the same seed and another for another', () => {
    expect(splitIndices(50, plain, 'data')).toEqual(splitIndices(50, plain, 'data'));
    expect(splitIndices(50, { ...plain, seed: 2 }, 'data')).not.toEqual(splitIndices(50, plain, 'data'));
  });

  it('stays what it was when it was written, so that published splits hold', () => {
    expect(splitIndices(10, { ...plain, calibrate: 4, evaluate: 4 }, 'data')).toEqual({
      calibrate: [9, 0, 8, 1],
      evaluate: [4, 2, 3, 7],
    });
  });

  it.each([
    [1, 0, 1],
    [10, 5, 5],
    [500, 100, 400],
    [5000, 100, 1000],
  ])('of %i samples takes %i and %i by default', (count, calibrate, evaluate) => {
    const split = splitIndices(count, plain, 'data');
    expect([split.calibrate.length, split.evaluate.length]).toEqual([calibrate, evaluate]);
  });

  it('leaves to calibration what evaluation does not take', () => {
    expect(splitIndices(20, { ...plain, evaluate: 15 }, 'data').calibrate).toHaveLength(5);
    expect(splitIndices(20, { ...plain, calibrate: 15 }, 'data').evaluate).toHaveLength(5);
  });

  it('does not move the evaluation part when fewer calibration samples are taken', () => {
    const all = splitIndices(500, { ...plain, calibrate: 100, evaluate: 400 }, 'data');
    const few = splitIndices(500, { ...plain, calibrate: 100, evaluate: 400, samples: 20 }, 'data');
    expect(few.calibrate).toEqual(all.calibrate.slice(0, 20));
    expect(few.evaluate).toEqual(all.evaluate);
  });

  it('takes calibration samples from the start of the evaluation part when more are asked for', () => {
    const all = splitIndices(500, { ...plain, calibrate: 100, evaluate: 400 }, 'data');
    const many = splitIndices(500, { ...plain, calibrate: 100, evaluate: 400, samples: 400 }, 'data');
    expect(many.calibrate).toHaveLength(400);
    expect(many.evaluate).toEqual(all.evaluate.slice(300));
  });

  it('keeps the order where asked to', () => {
    const split = splitIndices(6, { calibrate: 2, evaluate: 3, seed: 1, shuffle: false }, 'data');
    expect(split).toEqual({ calibrate: [0, 1], evaluate: [2, 3, 4] });
  });

  it('says how many samples there are when they are too few', () => {
    expect(() => splitIndices(5, { ...plain, calibrate: 4, evaluate: 4 }, 'faces')).toThrow(
      'faces has 5 samples, and 4 to calibrate plus 4 to evaluate were asked for',
    );
    expect(() => splitIndices(5, { ...plain, samples: 6 }, 'faces')).toThrow(
      'faces has 5 samples, and 6 to calibrate were asked for',
    );
  });
});
