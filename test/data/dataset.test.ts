import { describe, expect, it } from 'vitest';
import { openDataset, type SampleSet } from '../../src/data/dataset.js';
import { array, counting, failure, lcgBytes, npyBytes, npzBytes, spec, temporaryFolder } from './helpers.js';

const folder = temporaryFolder();

const npz = folder.write(
  'points.npz',
  npzBytes({
    x: array.f4([12, 3], counting(36)),
    y: array.i8([12], counting(12)),
    short: array.f4([5, 3], counting(15)),
    rate: npyBytes('<i8', [], new Uint8Array([9, 0, 0, 0, 0, 0, 0, 0])),
    wide: array.i8([12, 1], [...counting(11), 300]),
  }),
);
const x = spec('x', 'float32', ['batch', 3]);
const yaml = (text: string): string => folder.write('points.yaml', `source: points.npz\n${text}`);

async function samples(set: SampleSet) {
  return Promise.all(counting(set.size).map((index) => set.get(index)));
}

describe('openDataset on arrays', () => {
  it('matches arrays to inputs by name, the batch dim added, and shares arrays without axes', async () => {
    const dataset = await openDataset(npz, [x, spec('rate', 'int64', [])]);
    expect([
      dataset.name,
      dataset.labelled,
      dataset.task,
      dataset.calibrate.size,
      dataset.evaluate.size,
    ]).toEqual(['points', false, undefined, 6, 6]);
    for (const { id, inputs, label } of await samples(dataset.evaluate)) {
      const index = Number(id);
      expect(inputs.get('x')!.dims).toEqual([1, 3]);
      expect(Array.from(inputs.get('x')!.toNumbers())).toEqual([3 * index, 3 * index + 1, 3 * index + 2]);
      expect(inputs.get('rate')!.toBigInts()).toEqual([9n]);
      expect(label).toBeUndefined();
    }
  });

  it('takes the only array for the only input', async () => {
    const one = folder.write('one.npz', npzBytes({ whatever: array.f4([4, 3], counting(12)) }));
    const dataset = await openDataset(one, [x]);
    expect((await dataset.calibrate.get(0)).inputs.get('x')!.dims).toEqual([1, 3]);
    const bare = folder.write('some.npy', array.f4([4, 3], counting(12)));
    expect((await openDataset(bare, [x])).evaluate.size).toBe(2);
  });

  it('takes the only array beside the labels for the only input', async () => {
    folder.write(
      'pair.npz',
      npzBytes({ data: array.f4([4, 3], counting(12)), y: array.i8([4], [3, 2, 1, 0]) }),
    );
    const path = folder.write('pair.yaml', 'source: pair.npz\nlabels: y\ntask: classification\n');
    const dataset = await openDataset(path, [x]);
    expect([dataset.labelled, dataset.task]).toEqual([true, 'classification']);
    for (const { id, label } of await samples(dataset.calibrate)) expect(label).toBe(3 - Number(id));
  });

  it('splits by the seed, disjointly, and lets options override the file', async () => {
    const path = yaml('labels: y\nsplit: {calibrate: 4, evaluate: 8, seed: 3}\n');
    const ids = async (options = {}): Promise<string[][]> => {
      const dataset = await openDataset(path, [x], options);
      return Promise.all(
        [dataset.calibrate, dataset.evaluate].map(async (set) => (await samples(set)).map(({ id }) => id)),
      );
    };
    const [calibrate, evaluate] = await ids();
    expect([calibrate!.length, evaluate!.length]).toEqual([4, 8]);
    expect(new Set([...calibrate!, ...evaluate!]).size).toBe(12);
    expect(await ids()).toEqual([calibrate, evaluate]);
    expect(await ids({ seed: 4 })).not.toEqual([calibrate, evaluate]);
    expect((await ids({ split: { calibrate: 2, evaluate: 3 } })).map((list) => list.length)).toEqual([2, 3]);
    expect((await ids({ samples: 2 }))[1]).toEqual(evaluate);
  });

  it('keeps the order of a sequence, and starts its state at zero', async () => {
    const path = yaml('state: {next: h}\nsplit: {calibrate: 3, evaluate: 3}\n');
    const dataset = await openDataset(path, [x, spec('h', 'float32', [2, 'batch', 4])]);
    expect([...dataset.state]).toEqual([['next', 'h']]);
    const all = [...(await samples(dataset.calibrate)), ...(await samples(dataset.evaluate))];
    expect(all.map(({ id }) => id)).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(all[0]!.inputs.get('h')!.dims).toEqual([2, 1, 4]);
    expect(Array.from(all[0]!.inputs.get('h')!.toNumbers())).toEqual(Array(8).fill(0));
  });

  it('scales and converts where told to', async () => {
    const path = yaml('inputs: {a: {array: x, scale: 2, mean: 1, std: 4}, b: {array: y, type: int32}}\n');
    const dataset = await openDataset(path, [spec('a', 'float32', [1, 3]), spec('b', 'int32', [])]);
    const { id, inputs } = await dataset.evaluate.get(0);
    const first = 3 * Number(id);
    expect(Array.from(inputs.get('a')!.toNumbers())).toEqual([0, 1, 2].map((i) => ((first + i) * 2 - 1) / 4));
    expect([inputs.get('b')!.dtype, inputs.get('b')!.toNumbers()[0]]).toEqual(['int32', Number(id)]);
  });

  it('rounds float32 data for a model that was converted to float16', async () => {
    const path = yaml('inputs: {x: {type: float32}}\n');
    const { inputs } = await (await openDataset(path, [spec('x', 'float16', [1, 3])])).calibrate.get(0);
    expect(inputs.get('x')!.dtype).toBe('float16');
  });

  it('has a checksum of description and content, not of place or split', async () => {
    const sum = async (path: string): Promise<string> => (await openDataset(path, [x])).sha256;
    const one = await sum(yaml('labels: y\n'));
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(await sum(yaml('labels: y\nsplit: {calibrate: 2, evaluate: 2}\n'))).toBe(one);
    expect(await sum(folder.write('deeper/p.yaml', 'source: ../points.npz\nlabels: y\n'))).toBe(one);
    expect(await sum(yaml('labels: wide\n'))).not.toBe(one);
    folder.write(
      'deeper/points.npz',
      npzBytes({ x: array.f4([12, 3], counting(36)), y: array.i8([12], Array<number>(12).fill(1)) }),
    );
    expect(await sum(folder.write('deeper/q.yaml', 'source: points.npz\nlabels: y\n'))).not.toBe(one);
  });

  it.each([
    [
      'a missing array',
      'inputs: {x: {array: z}}',
      [x],
      'data',
      'input "x": points.npz has no array "z" (it has: x, y, short, rate, wide)',
    ],
    ['an input without data', '', [x, spec('z', 'float32', [1])], 'data', 'input "z" has no data'],
    [
      'an input that the model lacks',
      'inputs: {z: {array: x}}',
      [x],
      'usage',
      'the model has no input "z" (it has: "x" float32[batch, 3])',
    ],
    [
      'another type',
      'inputs: {x: {type: float64}}',
      [x],
      'data',
      'input "x": the dataset says type float64, the model takes float32',
    ],
    [
      'arrays of different length',
      'labels: y\ninputs: {x: {array: short}}',
      [x],
      'data',
      'array "short" has 5 samples and "y" has 12',
    ],
    [
      'too few samples',
      'split: {calibrate: 10, evaluate: 3}',
      [x],
      'data',
      'points.npz has 12 samples, and 10 to calibrate plus 3',
    ],
    [
      'a state that is no input',
      'state: {next: h}',
      [x],
      'usage',
      'state: "next" feeds "h", which is no input',
    ],
    ['a zero std', 'inputs: {x: {std: 0, layout: nhwc}}', [x], 'usage', 'std must not be zero'],
  ])('refuses %s', async (_, text, inputs, code, message) => {
    const error = await failure(openDataset(yaml(text), inputs));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('\n');
  });

  it.each([
    [
      'another shape',
      spec('x', 'float32', [1, 4]),
      '',
      /sample \d+, input "x": got shape \[3\], the model takes float32\[1, 4\]/,
    ],
    [
      'a batch that the model fixes',
      spec('x', 'float32', [8, 3]),
      '',
      /got shape \[3\], the model takes float32\[8, 3\]/,
    ],
    [
      'another type',
      spec('x', 'int64', [1, 3]),
      '',
      /sample \d+, input "x": got float32, the model takes int64/,
    ],
    [
      'means for channels that are nowhere',
      x,
      'inputs: {x: {mean: [1, 2, 3]}}',
      /mean has 3 values, which needs "layout:"/,
    ],
    [
      'numbers that do not fit',
      spec('x', 'uint8', [1]),
      'inputs: {x: {array: wide, type: uint8}}\nsplit: {calibrate: 12, evaluate: 0}',
      /sample 11, input "x": 300 does not fit uint8/,
    ],
  ])('refuses samples of %s', async (_, input, text, message) => {
    const dataset = await openDataset(yaml(text), [input]);
    expect((await failure(samples(dataset.calibrate))).message).toMatch(message);
  });

  it('names what is not there or not known', async () => {
    expect((await failure(openDataset('/nowhere/data.npz', [x]))).message).toBe(
      'there is no dataset at /nowhere/data.npz',
    );
    expect((await failure(openDataset(folder.write('notes.txt', 'hello'), [x]))).message).toContain(
      'is no dataset of a known kind',
    );
    const empty = folder.write('empty.npz', npzBytes({ x: array.f4([0, 3], []) }));
    expect((await failure(openDataset(empty, [x]))).message).toBe('empty.npz holds no samples');
  });

  it('takes names of archive members for names, never for paths', async () => {
    const path = folder.write('escape.npz', npzBytes({ '../../x': array.f4([4, 3], counting(12)) }));
    const error = await failure(openDataset(path, [x, spec('y', 'float32', [1])]));
    expect(error.message).toContain('it has: ../../x');
  });
});

describe('openDataset on image arrays', () => {
  const pixels = lcgBytes(4 * 2 * 2 * 3, 1);
  folder.write('images.npz', npzBytes({ images: array.u8([4, 2, 2, 3], pixels) }));
  const read = async (fields: string, input: ReturnType<typeof spec>) => {
    const path = folder.write(
      'images.yaml',
      `source: images.npz\nsplit: {calibrate: 4, evaluate: 0}\ninputs: {p: {array: images, ${fields}}}\n`,
    );
    const { calibrate } = await openDataset(path, [input]);
    const sample = (await samples(calibrate)).find(({ id }) => id === '2')!;
    return sample.inputs.get('p')!;
  };
  const at = (row: number, column: number, channel: number): number =>
    pixels[((2 * 2 + row) * 2 + column) * 3 + channel]!;

  it('moves channels first and normalizes each', async () => {
    const tensor = await read(
      'layout: nchw, type: float32, scale: 0.5, mean: [1, 2, 3], std: [4, 5, 6]',
      spec('p', 'float32', ['n', 3, 2, 2]),
    );
    const values = tensor.toFloat32();
    for (let c = 0; c < 3; c++)
      for (let r = 0; r < 2; r++)
        for (let w = 0; w < 2; w++)
          expect(values[(c * 2 + r) * 2 + w]).toBeCloseTo((at(r, w, c) * 0.5 - (c + 1)) / (c + 4), 5);
  });

  it('turns colours around before it normalizes', async () => {
    const tensor = await read(
      'layout: nhwc, color: bgr, mean: [10, 20, 30]',
      spec('p', 'float32', [1, 2, 2, 3]),
    );
    expect(Array.from(tensor.toFloat32().subarray(0, 3))).toEqual([
      at(0, 0, 2) - 10,
      at(0, 0, 1) - 20,
      at(0, 0, 0) - 30,
    ]);
  });

  it('lays pixels out flat to the input, in either order of channels', async () => {
    const flat = await read('layout: flat', spec('p', 'uint8', [1, 12, 1]));
    expect([flat.dims, Array.from(flat.toNumbers())]).toEqual([
      [1, 12, 1],
      Array.from(pixels.subarray(24, 36)),
    ]);
    const planar = await read('layout: nchw', spec('p', 'uint8', ['n', 12]));
    expect(Array.from(planar.toNumbers()).slice(0, 4)).toEqual([
      at(0, 0, 0),
      at(0, 1, 0),
      at(1, 0, 0),
      at(1, 1, 0),
    ]);
  });

  it('gives pixels that were flat already the shape of the input', async () => {
    folder.write('flat.npz', npzBytes({ p: array.u8([2, 6], counting(12)) }));
    const path = folder.write('flat.yaml', 'source: flat.npz\ninputs: {p: {layout: flat, scale: 2}}\n');
    const { evaluate } = await openDataset(path, [spec('p', 'float32', ['n', 1, 2, 3])]);
    const { id, inputs } = await evaluate.get(0);
    expect(inputs.get('p')!.dims).toEqual([1, 1, 2, 3]);
    expect(Array.from(inputs.get('p')!.toNumbers())).toEqual(
      counting(6).map((i) => 2 * (6 * Number(id) + i)),
    );
  });

  it('rounds into integer inputs and stays in their range', async () => {
    const tensor = await read('layout: nhwc, mean: 128', spec('p', 'int8', [1, 2, 2, 3]));
    expect(tensor.toNumbers()[0]).toBe(at(0, 0, 0) - 128);
    const clipped = await read('layout: nhwc, scale: 100', spec('p', 'uint8', [1, 2, 2, 3]));
    expect(clipped.toNumbers()[0]).toBe(Math.min(255, 100 * at(0, 0, 0)));
  });

  it('refuses the wrong layout, too large a crop, and means for other channels', async () => {
    const nchw = spec('p', 'float32', [1, 3, 2, 2]);
    expect((await failure(read('layout: nhwc', nchw))).message).toContain(
      'got shape [1, 2, 2, 3], the model takes float32[1, 3, 2, 2]',
    );
    expect((await failure(read('layout: nchw, crop: 5', nchw))).message).toContain(
      'a crop of 5x5 does not fit into 2x2 pixels',
    );
    expect((await failure(read('layout: nchw, mean: [1, 2]', nchw))).message).toContain(
      'mean has 2 values for 3 channels',
    );
    expect((await failure(read('array_layout: hw, layout: nchw', nchw))).message).toContain(
      'got shape [2, 2, 3], which is no picture in layout hw',
    );
  });

  it('reads arrays with channels first', async () => {
    folder.write('planar.npz', npzBytes({ images: array.u8([2, 3, 1, 2], counting(12)) }));
    const path = folder.write(
      'planar.yaml',
      'source: planar.npz\nsplit: {calibrate: 2, evaluate: 0}\ninputs: {p: {array_layout: nchw, layout: nhwc}}\n',
    );
    const all = await samples((await openDataset(path, [spec('p', 'uint8', [1, 1, 2, 3])])).calibrate);
    expect(
      Array.from(
        all
          .find(({ id }) => id === '0')!
          .inputs.get('p')!
          .toNumbers(),
      ),
    ).toEqual([0, 2, 4, 1, 3, 5]);
  });
});
