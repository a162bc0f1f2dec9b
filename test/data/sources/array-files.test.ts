import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../../src/data/dataset.js';
import { array, counting, failure, spec, temporaryFolder } from '../helpers.js';

const folder = temporaryFolder();
const images = Buffer.concat([
  Buffer.from('00000803000000040000000200000003', 'hex'),
  Uint8Array.from(counting(24)),
]);
const labels = Buffer.from('0000080100000004' + '07060504', 'hex');

describe('arrays in files of their own', () => {
  it('reads IDX, packed or not, beside .npy', async () => {
    folder.write('images.gz', gzipSync(images));
    folder.write('labels.idx', labels);
    folder.write('more.npy', array.f4([4], [0, 1, 2, 3]));
    const path = folder.write(
      'a.yaml',
      'source: {images: images.gz, labels: labels.idx, more: more.npy}\nlabels: labels\ninputs: {p: {array: images, layout: nchw}}\n',
    );
    const dataset = await openDataset(path, [
      spec('p', 'float32', [1, 1, 2, 3]),
      spec('more', 'float32', []),
    ]);
    expect([dataset.calibrate.size, dataset.evaluate.size]).toEqual([2, 2]);
    const sample = await dataset.evaluate.get(1);
    const index = Number(sample.id);
    expect(sample.label).toBe(7 - index);
    expect(Array.from(sample.inputs.get('p')!.toNumbers())).toEqual(counting(6).map((i) => 6 * index + i));
    expect(sample.inputs.get('more')!.toNumbers()[0]).toBe(index);
  });

  it('names a file that is absent, broken or cut', async () => {
    folder.write('good.gz', gzipSync(images));
    folder.write('cut.gz', gzipSync(images).subarray(0, 30));
    const open = (file: string) =>
      failure(openDataset(folder.write('b.yaml', `source: {p: ${file}}\n`), [spec('p', 'uint8', [1, 2, 3])]));
    expect((await open('none.gz')).message).toMatch(/there is no dataset at .*none\.gz/);
    expect((await open('cut.gz')).message).toMatch(/cut\.gz cannot be unpacked/);
    expect((await open('b.yaml')).message).toMatch(/b\.yaml is no IDX file/);
  });
});
