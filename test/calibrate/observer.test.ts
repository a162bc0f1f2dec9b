import { describe, expect, it } from 'vitest';
import type { Value } from '../../src/ir/value.js';
import {
  ChannelMeansObserver,
  ChannelPeaksObserver,
  HistogramObserver,
} from '../../src/calibrate/observer.js';
import { buildModel, f32, randomTensor } from '../support/build.js';
import type { Tensor } from '../../src/tensor/tensor.js';

const value: Value = buildModel(17, (g) => g.output(g.node('Relu', [g.input('x', 'float32')]), 'y')).graph
  .outputs[0]!;

/** The numbers of each channel, by indices spelled out. */
function byChannel(tensors: readonly Tensor[], axis: number): number[][] {
  const lists: number[][] = [];
  for (const tensor of tensors) {
    tensor.toFloat32().forEach((number, at) => {
      let rest = at;
      const index = tensor.dims.map((_, i) => {
        const inner = tensor.dims.slice(i + 1).reduce((a, b) => a * b, 1);
        const here = Math.floor(rest / inner);
        rest %= inner;
        return here;
      });
      const channel = index.at(axis)!;
      (lists[channel] ??= []).push(number);
    });
  }
  return lists;
}

describe.each([
  [1, [2, 3, 4, 5]],
  [-1, [2, 3, 4]],
  [0, [4, 3]],
])('channels along axis %i of %j', (axis, dims) => {
  const tensors = [1, 2, 3].map((seed) => randomTensor(dims, seed));

  it('have means', () => {
    const observer = new ChannelMeansObserver(value, axis);
    expect(observer.means).toBeUndefined();
    for (const tensor of tensors) observer.observe(tensor);
    const expected = byChannel(tensors, axis).map((list) => list.reduce((a, b) => a + b) / list.length);
    expect(observer.means).toHaveLength(expected.length);
    expected.forEach((mean, channel) => expect(observer.means![channel]).toBeCloseTo(mean, 12));
  });

  it('have peaks', () => {
    const observer = new ChannelPeaksObserver(value, axis);
    expect(observer.peaks).toBeUndefined();
    for (const tensor of tensors) observer.observe(tensor);
    const expected = byChannel(tensors, axis).map((list) => Math.max(...list.map(Math.abs)));
    expect(Array.from(observer.peaks!)).toEqual(expected);
  });
});

describe('HistogramObserver', () => {
  it('refuses what is no number, naming value, element and sample', () => {
    const observer = new HistogramObserver(value);
    observer.observe(f32([2], [1, 2]), 'a.png');
    expect(observer.histogram.total).toBe(2);
    expect(() => observer.observe(f32([3], [1, 2, -Infinity]), 'b.png')).toThrow(
      'value y is -Infinity at element 2 for sample b.png',
    );
  });
});
