import { describe, expect, it } from 'vitest';
import { collectHistograms } from '../../src/calibrate/collect.js';
import type { SampleSet } from '../../src/data/types.js';
import type { Model } from '../../src/ir/model.js';
import { openSession } from '../../src/runtime/session.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { buildModel, f32, randomTensor } from '../support/build.js';

function model(): Model {
  return buildModel(17, (g) => {
    const x = g.input('x', 'float32[1,n]');
    const doubled = g.node('Mul', [x, g.constant('two', f32([], [2]))], {}, { name: 'doubled' });
    g.output(g.node('Relu', [doubled], {}, { name: 'active' }), 'y', 'float32[1,n]');
    g.output(g.node('Reciprocal', [g.node('Exp', [x])]), 'z', 'float32[1,n]');
  });
}

function samples(...tensors: Tensor[]): SampleSet {
  return {
    size: tensors.length,
    get: (index) => Promise.resolve({ id: `number ${index}`, inputs: new Map([['x', tensors[index]!]]) }),
  };
}

describe('collectHistograms', () => {
  it.each([undefined, 1])(
    'sees inputs, inner values and outputs over all samples of any shape (limit %s)',
    async (fetchLimit) => {
      const subject = model();
      const before = subject.graph.outputs.map(({ name }) => name);
      const tensors = [randomTensor([1, 5], 1), randomTensor([1, 70], 2), randomTensor([1, 1], 3)];
      const values = ['x', 'doubled_out', 'y'].map((name) => subject.graph.get(name)!);
      const found = await collectHistograms(subject, values, samples(...tensors), { fetchLimit });
      const all = tensors.flatMap((tensor) => Array.from(tensor.toFloat32()));
      const ends = values.map((value) => [
        found.get(value)!.total,
        found.get(value)!.min,
        found.get(value)!.max,
      ]);
      const [low, high] = [Math.min(...all), Math.max(...all)];
      expect(ends).toEqual([
        [76, low, high],
        [76, 2 * low, 2 * high],
        [76, 0, 2 * high],
      ]);
      expect(subject.graph.outputs.map(({ name }) => name)).toEqual(before);
      await (await openSession(subject)).close();
    },
  );

  it.each([
    ['an input', 'x', [1, NaN], 'value x is NaN at element 1 for sample number 1'],
    [
      'an inner value',
      'doubled_out',
      [1, 2, 3e38],
      'value doubled_out is Infinity at element 2 for sample number 1',
    ],
    ['an output', 'z', [-200], 'value z is Infinity at element 0 for sample number 1'],
  ])('names sample and tensor where %s is no number', async (_, name, bad, message) => {
    const subject = model();
    const value = subject.graph.get(name)!;
    const set = samples(f32([1, 1], [1]), f32([1, bad.length], bad));
    await expect(collectHistograms(subject, [value], set)).rejects.toMatchObject({ code: 'data', message });
    expect(subject.graph.outputs.map((output) => output.name)).toEqual(['y', 'z']);
  });

  it('stops when it is told to', async () => {
    const subject = model();
    const signal = AbortSignal.abort();
    const set = samples(f32([1, 1], [1]));
    await expect(collectHistograms(subject, [subject.graph.get('y')!], set, { signal })).rejects.toThrow(
      /abort/i,
    );
  });
});
