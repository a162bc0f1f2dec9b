import { describe, expect, it } from 'vitest';
import { readResults } from '../../src/report/read-report.js';
import { resultFile } from '../../src/report/result-file.js';
import { reportOf } from '../../src/report/report.js';
import { fullResult, result } from './sample-result.js';

const full = fullResult();
const read = (value: unknown): unknown => readResults(resultFile(JSON.stringify(value), 'r.json'));

describe('results that are read back', () => {
  it('are one, or those that were merged', () => {
    expect(read(full)).toEqual([full]);
    const merged = reportOf([full, result({})], full.tool);
    expect(merged.verdict).toBe('fail');
    expect(read(merged)).toEqual([full, result({})]);
  });

  it.each([
    ['{', 'r.json: this is no JSON'],
    ['[]', 'r.json: this is no bench result: it names no schema'],
    ['{"schema":"infer-opt/inspect@1"}', 'its schema is infer-opt/inspect@1'],
    [JSON.stringify({ ...full, dataset: { ...full.dataset, samples: 'many' } }), 'r.json: dataset.samples: '],
  ])('are refused when they are %s', (text, message) => {
    expect(() => readResults(resultFile(text, 'r.json'))).toThrow(message);
  });
});
