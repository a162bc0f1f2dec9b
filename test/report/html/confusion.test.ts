import { describe, expect, it } from 'vitest';
import { confusionTables } from '../../../src/report/html/confusion.js';
import { viewOf } from '../../../src/report/html/view.js';
import { artifact, candidate, result } from '../sample-result.js';

type Confusion = [number, number, number][];

const shown = (...confusions: (Confusion | null)[]): string => {
  const [first = null, ...others] = confusions;
  const artifacts = [
    artifact({ confusion: first }),
    ...others.map((confusion) => ({ ...candidate, confusion })),
  ];
  return confusionTables(viewOf(result({ artifacts }), 0)).text.replace(/\s+/g, ' ');
};

describe('confusion', () => {
  it('is a matrix where there are few classes, labels down and answers across', () => {
    const text = shown([
      [0, 0, 8],
      [0, 1, 2],
      [1, 1, 5],
    ]);
    expect(text).toContain('labels down, answers across');
    const cells = [...text.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/g)].map(([, cell]) =>
      cell!.replace(/<[^>]*>/g, '').trim(),
    );
    expect(cells).toEqual(['label', '0', '1', '0', '8', '2', '1', '·', '5']);
  });

  it('is the most frequent mistakes where there are many, of all artifacts side by side', () => {
    const right = Array.from({ length: 20 }, (_, i): [number, number, number] => [i, i, 10]);
    const text = shown([...right, [3, 4, 1]], [...right, [3, 4, 6], [9, 2, 2]]);
    const rows = [...text.matchAll(/<tr[^>]*>(.*?)<\/tr>/g)].map(([, row]) =>
      [...row!.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/g)].map(([, cell]) =>
        cell!.replace(/<[^>]*>/g, '').trim(),
      ),
    );
    expect(rows.slice(1)).toEqual([
      ['3', '4', '1', '6'],
      ['9', '2', '0', '2'],
    ]);
    expect(shown(right)).toContain('No sample was taken for another class');
  });

  it('is left out where nothing is known', () => {
    expect(shown(null, null)).toBe('');
  });
});
