import { describe, expect, it } from 'vitest';
import {
  overrideSchema,
  overrideText,
  parseOverride,
  type Override,
} from '../../../src/quantize/overrides/override.js';

describe('an override on the command line', () => {
  it.each([
    ['/head/* bits=8,rounding=nearest', { nodes: '/head/*', bits: 8, rounding: 'nearest' }],
    ['op:Gemm weight_scales=mse', { nodes: 'op:Gemm', weight_scales: 'mse' }],
    ['a name with spaces bits=4', { nodes: 'a name with spaces', bits: 4 }],
    ['value:logits calibration=minmax', { values: 'logits', calibration: 'minmax' }],
    ['value:x range=-1:1.5', { values: 'x', range: [-1, 1.5] }],
  ] as const)('%s is read, and written the same', (text, override) => {
    expect(parseOverride(text)).toEqual(override);
    expect(overrideText(override as unknown as Override)).toBe(text);
    expect(overrideSchema.parse(override)).toEqual(override);
  });

  it.each([
    ['/head/*', 'expected a pattern'],
    ['bits=8', 'expected a pattern'],
    ['/head/* bits', 'expected NAME=VALUE'],
    ['/head/* bits=7', 'bits'],
    ['/head/* calibration=minmax', 'calibration'],
    ['value:x calibration=best', 'calibration'],
    ['value:x range=2:1', 'low end is above'],
    ['value:x range=1', 'range'],
    ['/head/* color=red', 'color'],
  ])('%s is refused', (text, message) => {
    expect(() => parseOverride(text)).toThrow(message);
  });

  it('must set something in a recipe', () => {
    expect(() => overrideSchema.parse({ nodes: '*' })).toThrow('it sets nothing');
  });
});
