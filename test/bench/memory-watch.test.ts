import { describe, expect, it } from 'vitest';
import { leakError, MemoryWatch } from '../../src/bench/memory-watch.js';

const mib = 2 ** 20;

function watched(bytes: readonly number[]): MemoryWatch {
  const watch = new MemoryWatch();
  bytes.forEach((value, i) => {
    watch.add(100 * i, value);
  });
  return watch;
}
const series = (value: (i: number) => number, count = 12): number[] =>
  Array.from({ length: count }, (_, i) => value(i));

describe('MemoryWatch', () => {
  it('finds memory that grows on and on, and tells how much a run costs', () => {
    const leak = watched(series((i) => 100 * mib + 5 * mib * i)).leak()!;
    expect(leak).toEqual({ bytesPerRun: (5 * mib) / 100, from: 100 * mib, to: 155 * mib, runs: 1100 });
    const { failure, message } = leakError('m.onnx', leak);
    expect(failure).toBe('leak');
    expect(message).toBe(
      'm.onnx: it leaks: its memory grew from 100 MiB to 155 MiB in 1100 runs, 51 KiB a run',
    );
  });

  it.each([
    ['is steady', () => 100 * mib],
    ['strays', (i: number) => 100 * mib + (i % 3) * 20 * mib],
    ['fills its caches and stays', (i: number) => 100 * mib + Math.min(i, 4) * 30 * mib],
    ['grows less and less', (i: number) => 100 * mib + 200 * mib * (1 - 0.6 ** i)],
    ['grows by little', (i: number) => 100 * mib + i * mib],
    ['shrinks', (i: number) => 300 * mib - i * 10 * mib],
    ['is collected now and then', (i: number) => 100 * mib + (i % 6) * 20 * mib],
  ])('finds none where memory %s', (_, value) => {
    expect(watched(series(value)).leak()).toBeUndefined();
  });

  it('says nothing from a few readings', () => {
    expect(watched(series((i) => 100 * mib * (i + 1), 5)).leak()).toBeUndefined();
  });
});
