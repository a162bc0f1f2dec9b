import { describe, expect, it } from 'vitest';
import { benchText } from '../../src/report/bench-text.js';
import { plain } from '../../src/report/style.js';
import { artifact, gate, result } from './sample-result.js';

describe('a bench in words', () => {
  it('fits into 80 columns', async () => {
    const text = await benchText(result({}), plain);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('has a line for each artifact, with a dash for what was not measured', async () => {
    const [head, first, second] = (await benchText(result({}), plain)).split('\n');
    expect(head?.split(/\s+/)).toEqual(['artifact', 'p50', 'p99', 'speed-up', 'size', 'top1', 'top5']);
    expect(first?.split(/\s{2,}/)).toEqual(['model.onnx', '5.12 ms', '-', '4.96 MB', '61.0%', '83.0%']);
    expect(second?.split(/\s{2,}/).slice(1)).toEqual([
      '2.53 ms',
      '2.90 ms',
      '2.02x',
      '1.30 MB',
      '60.8%',
      '83.0%',
    ]);
    expect(second).toMatch(/^….*model\.int8\.onnx /);
  });

  it('tells what the candidate costs, with intervals, and which kernels run', async () => {
    const text = await benchText(result({}), plain);
    expect(text).toContain('2.02x (95%: 2.01x to 2.04x)');
    expect(text).toContain('drop 0.0025 (95%: -0.0040 to 0.0090), answers: 2 lost, 1 won');
    expect(text).toContain('agreement 99.3%, cosine 0.99991, SQNR 32.1 dB, max error 0.213');
    expect(text).toContain('26 integer, 7 float; 98.7%');
    expect(text.match(/Conv n\d: excluded/g)).toHaveLength(5);
    expect(text).toContain('and 2 more');
  });

  it('shows the verdict of each gate, coloured where colour is taken', async () => {
    const gates = [gate({})];
    expect(await benchText(result({ gates }), plain)).toContain(
      '  pass          speedup >= 2: 2.025 (95%: 2.01 to 2.04)',
    );
    const coloured = await benchText(result({ gates }), { ...plain, success: (text) => `<${text}>` });
    expect(coloured).toContain('  <pass>          speedup >= 2');
  });

  it('says why an artifact could not be measured', async () => {
    const broken = artifact({
      path: 'bad.onnx',
      role: 'candidate',
      latency_ms: null,
      error: 'bad.onnx: the process died',
    });
    expect(await benchText(result({ artifacts: [artifact({}), broken] }), plain)).toContain(
      'the process died',
    );
  });
});
