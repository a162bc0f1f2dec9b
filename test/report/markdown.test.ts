import { describe, expect, it } from 'vitest';
import { escaped } from '../../src/report/markdown-parts.js';
import { markdown } from '../../src/report/markdown.js';
import { reportOf } from '../../src/report/report.js';
import { fullResult } from './sample-result.js';

describe('Markdown', () => {
  const full = fullResult();
  const text = markdown.render(reportOf([full], full.tool));

  it('starts with the verdict and has one line for each gate', () => {
    expect(text.split('\n')[0]).toBe('## ❌ infer-opt: fail');
    const rows = text.split('\n').filter((line) => /^\| (✅|❌|⚠️) /u.test(line));
    expect(rows).toHaveLength(4);
    expect(rows[1]).toContain('| ❌ fail | speedup &#62;= 2 | model.dynamic.onnx | 0.84x | 0.82x to 0.86x |');
  });

  it('keeps cells in their columns and markup out, whatever a model is called', () => {
    const tables = text.split('\n').filter((line) => line.startsWith('|'));
    // Borders that are not escaped: 7 in lines of gates, 8 in lines of artifacts.
    const borders = tables.map((line) => line.replace(/\\\|/g, '').split('|').length - 1);
    expect(new Set(borders)).toEqual(new Set([7, 8]));
    expect(text.replace(/<\/?sub>/g, '')).not.toMatch(/<|@/);
    expect(escaped('a|b*c_d`e`\n# f')).toBe('a\\|b\\*c\\_d\\`e\\` \\# f');
  });

  it('says what each candidate changes', () => {
    expect(text).toContain('**model.dynamic.onnx**: speed-up 0.84x \\(0.82x to 0.86x\\)');
    expect(text).toContain('top1 −2.00 points \\(−3.70 to −0.60 points\\)');
    expect(text).toContain('could not be measured');
  });
});
