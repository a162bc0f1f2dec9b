import { describe, expect, it } from 'vitest';
import { githubAnnotations } from '../../src/report/github.js';
import { fullResult, gate, result } from './sample-result.js';

describe('annotations of GitHub Actions', () => {
  it('are errors for what fails and warnings for what is open, nothing for what passes', () => {
    const lines = githubAnnotations(fullResult());
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['::error', '::warning', '::error']);
    expect(lines[0]).toBe(
      '::error title=speedup >= 2%3A fail::dir/model.dynamic.onnx: measured 0.84x (95%25: 0.82x to 0.86x)',
    );
  });

  it('cannot be ended early by a name', () => {
    const [line] = githubAnnotations(
      result({ gates: [gate({ verdict: 'fail', artifact: 'a\n::error::b', expr: 'x,y:z' })] }),
    );
    expect(line).not.toContain('\n');
    expect(line).toMatch(/^::error title=x%2Cy%3Az%3A fail::a%0A::error::b/);
  });
});
