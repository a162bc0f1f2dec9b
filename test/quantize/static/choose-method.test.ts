import { describe, expect, it } from 'vitest';
import { auto } from '../../../src/calibrate/methods/auto.js';
import { minmax } from '../../../src/calibrate/methods/minmax.js';
import type { RangeMethod } from '../../../src/calibrate/range-method.js';
import { staticMode } from '../../../src/quantize/modes/static.js';
import { buildModel } from '../../support/build.js';
import { conv } from '../../support/layers.js';
import { makeArtifact } from '../artifact.js';

const model = buildModel(17, (g) => {
  const first = g.node('Relu', [conv(g, g.input('x', 'float32[1,8,12,12]'), [16, 8, 3, 3])]);
  g.output(conv(g, first, [8, 16, 3, 3]), 'y', 'float32');
});

/** Ranges that are a share of what was seen. */
const cut = (name: string, share: number, rivals: readonly RangeMethod[] = []): RangeMethod => ({
  name,
  summary: '',
  rivals,
  choose(histogram, grid) {
    const { low, high } = minmax.choose(histogram, grid);
    return { low: share * low, high: share * high };
  },
});

describe('the method of ranges', () => {
  it('is the rival where the outputs are much closer with it', async () => {
    const { report, sqnr } = await makeArtifact(model, staticMode, { method: cut('half', 0.5, [minmax]) });
    expect(report.rangeMethod).toBe('minmax');
    expect(sqnr).toBe((await makeArtifact(model, staticMode, { method: minmax })).sqnr);
  });

  it('stays what it is where the rival is no better, or hardly', async () => {
    for (const rival of [cut('half', 0.5), cut('all', 0.999)]) {
      const { report } = await makeArtifact(model, staticMode, { method: cut('whole', 1, [rival]) });
      expect(report.rangeMethod).toBe('whole');
    }
  });

  it('auto knows one', () => {
    expect(auto.rivals?.map(({ name }) => name)).toEqual(['mse']);
  });
});
