import { describe, expect, it } from 'vitest';
import { ChannelTraces } from '../../src/distill/channel-traces.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { randomTensor } from '../support/build.js';

/** Samples [from, to) of a tensor. */
function samplesOf(tensor: Tensor, from: number, to: number): Tensor {
  const width = tensor.size / tensor.dims[0]!;
  return Tensor.float32(
    [to - from, ...tensor.dims.slice(1)],
    tensor.toFloat32().slice(from * width, to * width),
  );
}

function traced(tensor: Tensor, cuts: readonly number[]): ChannelTraces {
  const traces = new ChannelTraces();
  cuts.slice(1).forEach((cut, i) => {
    traces.add(samplesOf(tensor, cuts[i]!, cut));
  });
  return traces;
}

describe('traces of channels', () => {
  it('are the same however the samples come', () => {
    const tensor = randomTensor([7, 3, 4, 5], 1);
    const whole = traced(tensor, [0, 7]);
    const parts = traced(tensor, [0, 1, 4, 6, 7]);
    expect(parts.normalized()).toEqual(whole.normalized());
    expect(parts.meanSquare).toBeCloseTo(whole.meanSquare, 12);
  });

  it('are all elements, centred and of norm one, where there are few', () => {
    const tensor = randomTensor([3, 2, 5], 2);
    const values = tensor.toNumbers();
    const [, second] = traced(tensor, [0, 3]).normalized();
    const own = Array.from({ length: 15 }, (_, i) => values[Math.floor(i / 5) * 10 + 5 + (i % 5)]!);
    const mean = own.reduce((a, b) => a + b) / 15;
    const norm = Math.hypot(...own.map((value) => value - mean));
    own.forEach((value, i) => {
      expect(second![i]).toBeCloseTo((value - mean) / norm, 6);
    });
    expect(traced(tensor, [0, 3]).meanSquare).toBeCloseTo(
      Array.from(values).reduce((sum, value) => sum + value * value, 0) / 30,
      6,
    );
  });

  it('are thinned out evenly where there are many', () => {
    // Every element is its place: what is kept of 1,000 places in 2,048 channels are multiples of a power of two.
    const [channels, places] = [2048, 1000];
    const numbered = Float32Array.from({ length: channels * places }, (_, i) => i % places);
    const tensor = Tensor.float32([1, channels, places], numbered);
    const [first] = traced(tensor, [0, 1]).normalized();
    expect(first!.length).toBeGreaterThan(50);
    expect(first!.length).toBeLessThanOrEqual(128);
    const steps = Array.from(first!.slice(1), (value, i) => value - first![i]!);
    for (const step of steps) expect(step).toBeCloseTo(steps[0]!, 6);
  });
});
