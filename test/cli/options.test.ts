import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { duration, repeated, splitOf, wholeNumber, wholeNumbers } from '../../src/cli/options.js';

const refused = (parse: () => unknown): boolean => {
  try {
    parse();
    return false;
  } catch (thrown) {
    return thrown instanceof InvalidArgumentError;
  }
};

describe('values of flags', () => {
  it('whole numbers within limits', () => {
    const parse = wholeNumber(1, 64);
    expect([parse('1'), parse('64'), parse('+8')]).toEqual([1, 64, 8]);
    for (const text of ['0', '65', '-1', '1.5', '1e3', '', ' ', 'x', '9'.repeat(30), '0x10']) {
      expect(
        refused(() => parse(text)),
        text,
      ).toBe(true);
    }
  });

  it('lists of whole numbers, each once', () => {
    expect(wholeNumbers(1, 64)('1, 8,8,32')).toEqual([1, 8, 32]);
    for (const text of ['', '1,', '1,,2', '1;2', '1,x']) {
      expect(
        refused(() => wholeNumbers(1, 64)(text)),
        text,
      ).toBe(true);
    }
  });

  it('times, in milliseconds', () => {
    expect(['500ms', '60s', '1.5m', '1h'].map(duration)).toEqual([500, 60_000, 90_000, 3_600_000]);
    for (const text of ['60', '0s', '-1s', 's', '1 day', '1e3s', '']) {
      expect(
        refused(() => duration(text)),
        text,
      ).toBe(true);
    }
  });

  it('the split of the data', () => {
    expect(splitOf('calibrate=100,evaluate=400')).toEqual({ calibrate: 100, evaluate: 400 });
    expect(splitOf('evaluate=400')).toEqual({ evaluate: 400 });
    for (const text of ['', '100', 'calibrate', 'calibrate=-1', 'train=5', 'calibrate=1,calibrate=2']) {
      expect(
        refused(() => splitOf(text)),
        text,
      ).toBe(true);
    }
  });

  it('a flag given several times', () => {
    expect(repeated('b', repeated('a', undefined))).toEqual(['a', 'b']);
  });
});
