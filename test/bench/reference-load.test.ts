import { expect, it } from 'vitest';
import { ReferenceMeter } from '../../src/bench/reference-load.js';

it('tells the time of the same work, from enough samples', () => {
  const meter = new ReferenceMeter();
  for (let i = 0; i < 6; i++) meter.sample();
  expect(meter.result()).toBeNull();
  for (let i = 0; i < 20; i++) meter.sample();
  const { ms, jitter, samples } = meter.result()!;
  expect(ms).toBeGreaterThan(0);
  expect(jitter).toBeGreaterThanOrEqual(0);
  expect(samples).toBe(25);
});
