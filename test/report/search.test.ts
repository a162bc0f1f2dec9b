import { describe, expect, it } from 'vitest';
import { searchFormats } from '../../src/report/search-formats.js';
import { searchResult } from './sample-search.js';

const [page, markdown] = ['html', 'md'].map((name) =>
  searchFormats.find((format) => format.name === name)!.render(searchResult),
) as [string, string];

describe.each([
  ['the page', page],
  ['Markdown', markdown],
])('%s of a search', (_, text) => {
  it('says what won, why, and how to make it again', () => {
    for (const words of ['static', '2.50x', 'the fastest that passes every gate', 'infer-opt quantize'])
      expect(text).toContain(words);
  });

  it('keeps names text', () => {
    expect(text.replace(/^```.*?^```/gms, '')).not.toContain('<img');
  });
});

describe('the page of a search', () => {
  it('draws every candidate that was measured, and the original', () => {
    expect([...page.matchAll(/class="bubble"/g)]).toHaveLength(3);
  });
});

describe('Markdown of a search', () => {
  it('has a line for each candidate, with as many cells as the head', () => {
    const lines = markdown.split('\n').filter((line) => line.startsWith('|'));
    const cells = lines.slice(-4).map((line) => line.replace(/\\\|/g, '').split('|').length);
    expect(new Set(cells).size).toBe(1);
    expect(lines.at(-1)).toContain('failed');
  });
});
