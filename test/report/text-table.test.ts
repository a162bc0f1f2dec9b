import { describe, expect, it } from 'vitest';
import { paragraph } from '../../src/report/paragraph.js';
import { textTable } from '../../src/report/text-table.js';

describe('a table', () => {
  const columns = [
    { head: 'artifact', align: 'left' },
    { head: 'p50', align: 'right' },
  ] as const;

  it('aligns text left and numbers right, without colour or trailing blanks', async () => {
    const rows = [
      ['baseline', '35.0 ms'],
      ['int8', '9.8 ms'],
    ];
    expect((await textTable(columns, rows)).split('\n')).toEqual([
      'artifact      p50',
      'baseline  35.0 ms',
      'int8       9.8 ms',
    ]);
  });

  it('does not count colour codes as width', async () => {
    const rows = [['\u001B[31mfail\u001B[39m', '1']];
    expect((await textTable(columns, rows)).split('\n')[1]).toBe('\u001B[31mfail\u001B[39m        1');
  });
});

describe('a paragraph', () => {
  it('wraps behind its label', () => {
    expect(paragraph('CPU  ', 'one two three four', 15)).toBe('CPU  one two\n     three four');
  });

  it('leaves a word that is too long whole', () => {
    expect(paragraph('CPU  ', 'incomprehensibilities x', 15)).toBe('CPU  incomprehensibilities\n     x');
  });
});
