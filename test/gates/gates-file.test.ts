import { describe, expect, it } from 'vitest';
import { parseGatesFile } from '../../src/gates/gates-file.js';

const read = (text: string): ReturnType<typeof parseGatesFile> => parseGatesFile(text, 'gates.yaml');

describe('a file of gates', () => {
  it('holds gates with levels and knows the line of each', () => {
    const gates = read(
      '# our budget\ngates:\n  - speedup >= 1.5\n  - warn: latency.p99 <= 10ms\n\n  - error: top1.drop <= 0.5%\n  - "warn: size <= 0.3x"\n',
    );
    expect(gates.map(({ expr, level, source }) => [expr, level, source?.line])).toEqual([
      ['speedup >= 1.5', 'error', 3],
      ['latency.p99 <= 10ms', 'warn', 4],
      ['top1.drop <= 0.5%', 'error', 6],
      ['size <= 0.3x', 'warn', 7],
    ]);
    expect(gates[0]!.source!.file).toBe('gates.yaml');
  });

  it.each([
    ['gates:\n  - sped >= 2\n', "gates.yaml, line 2: gate 'sped >= 2', column 1: there is no metric sped"],
    ['gates: [1]\n', 'gates.yaml, line 1: expected a gate'],
    ['gates:\n  - info: speedup >= 2\n', 'line 2: expected a gate, or warn:'],
    ['gates:\n  - speedup >= 2\nbudget: 3\n', "line 3: expected nothing but 'gates:', and found budget"],
    ['gates: []\n', 'expected at least one gate'],
    ['', "line 1: expected 'gates:' with a list"],
    ['gates:\n  - "speedup\n', 'line '],
  ])('%j is refused', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});
