import { describe, expect, it } from 'vitest';
import { openDataset } from '../../src/data/dataset.js';
import { resolveShapes } from '../../src/data/synthetic.js';
import { failure, spec } from './helpers.js';

describe('seeded inputs', () => {
  it.each([
    [[1, 3, 224, 224], 100],
    [[1, 3, 720, 720], 10],
    [[1, 3, 1200, 1200], 8],
  ])('of %j are %d, where nobody says how many', async (dims, count) => {
    const { calibrate, evaluate } = await openDataset(undefined, [spec('x', 'float32', dims)]);
    expect([calibrate.size, evaluate.size]).toEqual([count, count]);
  });

  it('fit types and shapes, open dims included', async () => {
    const inputs = [
      spec('ids', 'int64', ['batch', 'sequence']),
      spec('attention_mask', 'int64', ['batch', 'past + sequence']),
      spec('past', 'float16', [2, 'batch', 4, 'past', 8]),
      spec('pixels', 'uint8', [undefined, -1, 3]),
      spec('rate', 'int64', []),
      spec('flag', 'bool', [5]),
      spec('text', 'string', [1]),
    ];
    const { calibrate, evaluate, labelled } = await openDataset(undefined, inputs);
    expect([calibrate.size, evaluate.size, labelled]).toEqual([100, 100, false]);
    const sample = await calibrate.get(0);
    const shapes = Object.fromEntries(
      [...sample.inputs].map(([name, { dtype, dims }]) => [name, [dtype, ...dims]]),
    );
    expect(shapes).toEqual({
      ids: ['int64', 1, 32],
      attention_mask: ['int64', 1, 64],
      past: ['float16', 2, 1, 4, 32, 8],
      pixels: ['uint8', 1, 32, 3],
      rate: ['int64'],
      flag: ['bool', 5],
      text: ['string', 1],
    });
    const ids = sample.inputs.get('ids')!.toBigInts();
    expect(ids.every((id) => id >= 0n && id < 16n)).toBe(true);
    expect(
      sample.inputs
        .get('attention_mask')!
        .toBigInts()
        .every((value) => value === 0n || value === 1n),
    ).toBe(true);
  });

  it('draw floats from the normal distribution', async () => {
    const { calibrate } = await openDataset(undefined, [spec('x', 'float32', [1, 10_000])]);
    const values = (await calibrate.get(0)).inputs.get('x')!.toFloat32();
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(variance - 1)).toBeLessThan(0.06);
  });

  it('repeat for a seed, differ between samples, parts and seeds', async () => {
    const inputs = [spec('x', 'float32', [4])];
    const first = async (seed: number, part: 'calibrate' | 'evaluate', index: number): Promise<string> => {
      const dataset = await openDataset(undefined, inputs, { seed });
      return (await dataset[part].get(index)).inputs.get('x')!.toFloat32().join();
    };
    expect(await first(1, 'calibrate', 3)).toBe(await first(1, 'calibrate', 3));
    const others = [
      await first(1, 'calibrate', 3),
      await first(1, 'calibrate', 4),
      await first(1, 'evaluate', 3),
      await first(2, 'calibrate', 3),
    ];
    expect(new Set(others).size).toBe(4);
    expect((await openDataset(undefined, inputs)).sha256).toBe((await openDataset(undefined, inputs)).sha256);
    expect((await openDataset(undefined, inputs)).sha256).not.toBe(
      (await openDataset(undefined, inputs, { seed: 2 })).sha256,
    );
  });

  it('are as many as asked for', async () => {
    const inputs = [spec('x', 'float32', [4])];
    const { calibrate, evaluate } = await openDataset(undefined, inputs, {
      split: { calibrate: 3, evaluate: 5000 },
      samples: 7,
    });
    expect([calibrate.size, evaluate.size]).toEqual([7, 5000]);
    expect((await evaluate.get(4999)).id).toBe('synthetic 5006');
  });

  it('give a symbol that stands first somewhere the value 1 everywhere', () => {
    const inputs = [spec('a', 'float32', ['n', 4]), spec('b', 'float32', [2, 'n', 'm'])];
    expect([...resolveShapes(inputs).values()]).toEqual([
      [1, 4],
      [2, 1, 32],
    ]);
  });

  it('cannot be complex', async () => {
    const { calibrate } = await openDataset(undefined, [spec('z', 'complex64', [2])]);
    expect((await failure(calibrate.get(0))).message).toContain('no inputs of type complex64');
  });

  it.each(['float8e4m3fn', 'float4e2m1', 'int4', 'uint2', 'complex64'] as const)(
    'are not made up in %s',
    async (dtype) => {
      const { calibrate } = await openDataset(undefined, [spec('x', dtype, [2])]);
      expect(await failure(calibrate.get(0))).toMatchObject({ code: 'data' });
    },
  );

  it('are not made up where a dim would fill the memory', async () => {
    const { calibrate } = await openDataset(undefined, [spec('x', 'float32', [65_536, 65_536])]);
    expect(await failure(calibrate.get(0))).toMatchObject({
      code: 'data',
      message: 'inputs of 4294967296 elements are not made up: x [65536, 65536]',
    });
  });
});
