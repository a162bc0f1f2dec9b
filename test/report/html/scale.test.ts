import { describe, expect, it } from 'vitest';
import { linearScale, ratioScale } from '../../../src/report/html/scale.js';

describe('scales', () => {
  it('map the ends of the domain to the ends of the axis, with round ticks within', () => {
    const scale = linearScale(0.59, 0.617, 200, 0);
    expect([scale.at(0.59), scale.at(0.617)]).toEqual([200, 0]);
    expect(scale.ticks).toEqual([0.59, 0.6, 0.61]);
    expect(linearScale(0, 10, 0, 100).ticks).toEqual([0, 2, 4, 6, 8, 10]);
  });

  it('put equal ratios equally far apart', () => {
    const { at, ticks } = ratioScale(1, 100, 0, 100);
    expect(at(10)).toBeCloseTo(50, 9);
    expect(ticks).toEqual([1, 2, 5, 10, 20, 50, 100]);
  });

  it('have room around a single value', () => {
    expect(linearScale(5, 5, 0, 100).at(5)).toBeCloseTo(50);
    expect(linearScale(0, 0, 0, 100).at(0)).toBe(50);
    expect(ratioScale(3, 3, 0, 100).at(3)).toBeCloseTo(50);
  });
});
