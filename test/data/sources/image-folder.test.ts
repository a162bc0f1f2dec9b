import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '../../../src/data/dataset.js';
import { counting, failure, spec, temporaryFolder } from '../helpers.js';

const folder = temporaryFolder();

/** A PNG whose pixel at row r, column c is (r, c, 200). */
async function png(height: number, width: number): Promise<Uint8Array> {
  const values = counting(height * width).flatMap((i) => [Math.floor(i / width), i % width, 200]);
  return sharp(Uint8Array.from(values), { raw: { height, width, channels: 3 } })
    .png()
    .toBuffer();
}

beforeAll(async () => {
  for (const index of counting(6))
    folder.write(`set/${index}/000${index}_thing.png`, await png(10 + index, 12));
  folder.write('set/0/readme.txt', 'no picture');
  folder.write(
    'gray/a.png',
    await sharp(Uint8Array.from(counting(4)), { raw: { height: 2, width: 2, channels: 1 } })
      .png()
      .toBuffer(),
  );
  folder.write(
    'gray/b.png',
    await sharp({
      create: { width: 2, height: 2, channels: 4, background: { r: 9, g: 8, b: 7, alpha: 0.5 } },
    })
      .png()
      .toBuffer(),
  );
  folder.write('broken/a.jpg', 'no picture at all');
  folder.write(
    'broken/b.jpg',
    (
      await sharp(await png(64, 64))
        .jpeg()
        .toBuffer()
    ).subarray(0, -60),
  );
});

async function all(text: string, input: ReturnType<typeof spec>) {
  const path = folder.write('a.yaml', text);
  const { calibrate, evaluate } = await openDataset(path, [input]);
  const sets = [calibrate, evaluate].flatMap((set) => counting(set.size).map((index) => set.get(index)));
  return (await Promise.all(sets)).sort((a, b) => (a.id < b.id ? -1 : 1));
}

describe('folder of pictures', () => {
  it.each(['filename-prefix', 'folder'])('crops the centre and reads labels by %s', async (labels) => {
    const samples = await all(
      `source: set\nlabels: ${labels}\ninputs: {p: {crop: [4, 6], layout: nhwc}}\n`,
      spec('p', 'uint8', ['n', 4, 6, 3]),
    );
    expect(samples.map(({ id, label }) => [id, label])).toEqual(
      counting(6).map((i) => [`${i}/000${i}_thing.png`, i]),
    );
    // Halves are rounded to even, as torchvision does: (10 + i - 4) / 2 for i of 0..5.
    expect(samples.map(({ inputs }) => inputs.get('p')!.toNumbers()[0])).toEqual([3, 4, 4, 4, 5, 6]);
    expect(samples[0]!.inputs.get('p')!.toNumbers()[1]).toBe(3);
  });

  it('brings every picture to RGB, drops alpha, and gives gray where one channel is wanted', async () => {
    const rgb = await all('source: gray\ninputs: {p: {layout: nhwc}}\n', spec('p', 'uint8', [1, 2, 2, 3]));
    expect(rgb.map(({ inputs }) => Array.from(inputs.get('p')!.toNumbers()).slice(0, 6))).toEqual([
      [0, 0, 0, 1, 1, 1],
      [9, 8, 7, 9, 8, 7],
    ]);
    const gray = await all('source: gray\ninputs: {p: {layout: nchw}}\n', spec('p', 'uint8', [1, 1, 2, 2]));
    // 0.299 * 9 + 0.587 * 8 + 0.114 * 7 = 8.185
    expect(gray.map(({ inputs }) => inputs.get('p')!.toNumbers()[0])).toEqual([0, 8]);
  });

  it('gives equal values when a sample is read again', async () => {
    const path = folder.write(
      'b.yaml',
      'source: set\ninputs: {p: {resize: 5, crop: 5, layout: nchw, mean: 7}}\n',
    );
    const { evaluate } = await openDataset(path, [spec('p', 'float32', [1, 3, 5, 5])]);
    const [first, second] = [await evaluate.get(1), await evaluate.get(1)];
    expect(second.inputs.get('p')!.toFloat32()).toEqual(first.inputs.get('p')!.toFloat32());
  });

  it('needs no description for 8-bit pixels, and gives an example for anything else', async () => {
    const { evaluate } = await openDataset(`${folder.path}/set`, [spec('p', 'uint8', ['n', 8, 8, 3])]);
    expect((await evaluate.get(0)).inputs.get('p')!.dims).toEqual([1, 8, 8, 3]);
    const error = await failure(openDataset(`${folder.path}/set`, [spec('p', 'float32', [1, 3, 32, 32])]));
    expect(error.code).toBe('usage');
    expect(error.message).toContain(
      'input "p" is float32[1, 3, 32, 32]: how pictures become that must be said',
    );
    const example = error.hint!.replace(/^.*?\n/, '').replace('source: set', 'source: ./set');
    const samples = await all(example, spec('p', 'float32', [1, 3, 32, 32]));
    expect(samples[0]!.inputs.get('p')!.dims).toEqual([1, 3, 32, 32]);
  });

  it('names a picture that is broken or of another size', async () => {
    const input = spec('p', 'uint8', [1, 2, 2, 3]);
    const { calibrate, evaluate } = await openDataset(`${folder.path}/broken`, [input]);
    for (const set of [calibrate, evaluate]) {
      const error = await failure(set.get(0));
      expect(error.code).toBe('data');
      expect(error.message).toMatch(/broken\/[ab]\.jpg cannot be decoded/);
    }
    const sizes = failure(all('source: set\ninputs: {p: {layout: nhwc}}\n', input));
    expect((await sizes).message).toMatch(
      /sample \d\/000\d_thing\.png, input "p": got shape \[1, 1\d, 12, 3\]/,
    );
  });
});
