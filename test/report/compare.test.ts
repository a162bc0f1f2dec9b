import { describe, expect, it } from 'vitest';
import { readCompareResult } from '../../src/quantize/compare/read-result.js';
import { compareFormats } from '../../src/report/compare-formats.js';
import { htmlPage } from '../../src/report/html/page.js';
import { reportOf } from '../../src/report/report.js';
import { comparison } from './sample-comparison.js';
import { fullResult } from './sample-result.js';

const [page, markdown] = ['html', 'md'].map((name) =>
  compareFormats.find((format) => format.name === name)!.render(comparison()),
) as [string, string];

describe.each([
  ['the page', page],
  ['Markdown', markdown],
])('%s of a comparison', (_, text) => {
  it('tells how far the outputs are and where most of the error enters', () => {
    for (const words of ['28.0 dB', '0.9991', '70.0%', 'Conv']) expect(text).toContain(words);
  });

  it('keeps names text', () => {
    expect(text).not.toContain('<img');
  });
});

describe('the page of a comparison', () => {
  it('draws the values that differ, in their order, and numbers the worst', () => {
    const line = /class="line"\s+d="([^"]+)"/.exec(page)![1]!;
    const places = [...line.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
    expect(places).toHaveLength(3);
    expect(places.map(([x]) => x!)).toEqual(places.map(([x]) => x!).sort((a, b) => a - b));
    // Less signal to noise lies lower.
    expect(places.map(([, y]) => y!)).toEqual(places.map(([, y]) => y!).sort((a, b) => a - b));
    expect([...page.matchAll(/class="dot"/g)]).toHaveLength(2);
  });

  it('draws the worst of neighbours where a model has more values than a drawing has room', () => {
    const [first] = comparison().values;
    const values = Array.from({ length: 4000 }, (_, i) => ({ ...first!, sqnr_db: i === 2005 ? 3 : 40 }));
    const drawn = compareFormats[0]!.render({ ...comparison(), values, worst: [] });
    const line = /class="line"\s+d="([^"]+)"/.exec(drawn)![1]!;
    expect([...line.matchAll(/[ML]/g)]).toHaveLength(400);
    // The lowest place of the drawing.
    expect(line).toContain(' 220');
  });
});

describe('the page of a bench result', () => {
  it('shows the error by layer of the candidate that was compared', () => {
    const full = fullResult();
    const { path } = full.artifacts[1]!;
    const report = reportOf([full], full.tool);
    expect(htmlPage.render(report)).not.toContain('Error by layer');
    const text = htmlPage.render(report, new Map([[path, comparison(path)]]));
    expect(text).toContain('id="r0-layers-1"');
    expect(text).not.toContain('id="r0-layers-2"');
  });
});

describe('a comparison that is read back', () => {
  it('is the one that was written', () => {
    expect(readCompareResult(JSON.parse(JSON.stringify(comparison())), 'c.json')).toEqual(comparison());
  });

  it('is refused where a part does not fit', () => {
    expect(() => readCompareResult({ ...comparison(), samples: 'many' }, 'c.json')).toThrow(
      'c.json: samples: ',
    );
  });
});
