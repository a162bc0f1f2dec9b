import { describe, expect, it } from 'vitest';
import { mcnemarExact, pairedInterval, wilsonInterval } from '../../../src/bench/statistics/proportion.js';

describe('pairedInterval', () => {
  it('gives the published interval of a small trial', () => {
    // Airway hyper-responsiveness before and after transplantation, n = 21, 1 and 7 discordant: Tango's interval in
    // Fagerland, Lydersen and Laake, Statistics in Medicine 33 (2014).
    const [low, high] = pairedInterval(1, 7, 21);
    expect(low).toBeCloseTo(-0.517, 3);
    expect(high).toBeCloseTo(-0.026, 3);
  });

  it('is z^2 / (n + z^2) wide to each side when no answer differs', () => {
    // With b = c = 0 Tango's equation has this closed form.
    const z2 = 1.959963984540054 ** 2;
    const [low, high] = pairedInterval(0, 0, 400);
    expect(high).toBeCloseTo(z2 / (400 + z2), 9);
    expect(low).toBeCloseTo(-z2 / (400 + z2), 9);
  });

  it('turns around with the order', () => {
    const [low, high] = pairedInterval(5, 2, 400);
    const [otherLow, otherHigh] = pairedInterval(2, 5, 400);
    expect(low).toBeCloseTo(-otherHigh, 9);
    expect(high).toBeCloseTo(-otherLow, 9);
    expect(low).toBeLessThan(3 / 400);
    expect(high).toBeGreaterThan(3 / 400);
  });

  it('tells 30 of 1,500 from a limit of 0.005, and does not tell 3', () => {
    expect(pairedInterval(30, 0, 1500)[0]).toBeGreaterThan(0.005);
    expect(pairedInterval(3, 0, 1500)[0]).toBeLessThan(0.005);
  });
});

describe('mcnemarExact', () => {
  it('gives the published p-value', () => {
    // The same trial: 0.0703 exact conditional.
    expect(mcnemarExact(1, 7)).toBeCloseTo(0.0703, 4);
  });

  it('is 1 without a difference and when both ways are equal', () => {
    expect(mcnemarExact(0, 0)).toBe(1);
    expect(mcnemarExact(4, 4)).toBe(1);
  });

  it('agrees with the binomial sum for one way only', () => {
    expect(mcnemarExact(0, 10)).toBeCloseTo(2 / 1024, 12);
  });
});

describe('wilsonInterval', () => {
  it('gives the published interval for 81 of 263', () => {
    // Newcombe, Statistics in Medicine 17, 857-872 (1998), table I, method 3.
    const [low, high] = wilsonInterval(81, 263);
    expect(low).toBeCloseTo(0.2553, 4);
    expect(high).toBeCloseTo(0.3662, 4);
  });

  it('gives the published interval for 0 of 20', () => {
    const [low, high] = wilsonInterval(0, 20);
    expect(low).toBeCloseTo(0, 12);
    expect(high).toBeCloseTo(0.1611, 4);
  });
});
