import { describe, expect, it } from 'vitest';
import { openLabels } from '../../src/data/labels.js';
import type { OpenSource } from '../../src/data/sources/source.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { failure, temporaryFolder } from './helpers.js';

const folder = temporaryFolder();

function sourceOf(paths: readonly string[] | undefined, labels?: Tensor): OpenSource {
  return {
    name: 'things',
    arrays: ['x', 'y'],
    pictures: paths !== undefined,
    files: [],
    paths,
    count: () => Promise.resolve(paths?.length ?? 2),
    id: String,
    read: () => Promise.resolve(labels ?? Tensor.int64([], [7])),
  };
}

async function all(said: string, source: OpenSource, count: number): Promise<unknown[]> {
  const labels = await openLabels(said, source, folder.path);
  return Promise.all(Array.from({ length: count }, (_, index) => labels.of(index)));
}

describe('openLabels', () => {
  it('reads the number that a file name starts with', async () => {
    expect(await all('filename-prefix', sourceOf(['0000_tench.jpg', 'a/012.png', '7x.jpg']), 3)).toEqual([
      0, 12, 7,
    ]);
    expect(
      (await failure(openLabels('filename-prefix', sourceOf(['cat.jpg']), folder.path))).message,
    ).toContain('cat.jpg starts with no number');
  });

  it('numbers folders alphabetically, or takes the numbers that they are called', async () => {
    expect(await all('folder', sourceOf(['cat/1.jpg', 'dog/0.jpg', 'ant/1.jpg']), 3)).toEqual([1, 2, 0]);
    expect(await all('folder', sourceOf(['10/a.jpg', '2/b.jpg']), 2)).toEqual([10, 2]);
    expect((await failure(openLabels('folder', sourceOf(['a.jpg']), folder.path))).message).toContain(
      'a.jpg lies in no folder',
    );
  });

  it('reads an array', async () => {
    expect(await all('y', sourceOf(undefined), 1)).toEqual([7]);
    expect(await all('y', sourceOf(undefined, Tensor.float32([1], [3])), 1)).toEqual([3]);
    const large = sourceOf(undefined, Tensor.int64([], [2n ** 60n]));
    expect((await failure(all('y', large, 1))).message).toContain(
      'things, sample 0: label in "y" is no number that a label can be',
    );
    const several = sourceOf(undefined, Tensor.float32([10], new Array<number>(10).fill(0)));
    expect((await failure(all('y', several, 1))).message).toContain('is float32[10], not one number');
  });

  it('reads a file with one number a line', async () => {
    folder.write('y.txt', '3\n1\n 2 \n');
    expect(await all('y.txt', sourceOf(undefined), 3)).toEqual([3, 1, 2]);
    folder.write('bad.txt', '3\ncat\n');
    expect((await failure(openLabels('bad.txt', sourceOf(undefined), folder.path))).message).toContain(
      'bad.txt, line 2: "cat" is no number',
    );
  });

  it('says what there is when nothing fits', async () => {
    const error = await failure(openLabels('z', sourceOf(undefined), folder.path));
    expect(error.code).toBe('usage');
    expect(error.message).toContain('"z" is neither an array of things (x, y) nor a file at');
    expect((await failure(openLabels('folder', sourceOf(undefined), folder.path))).message).toContain(
      'needs a folder of files',
    );
  });
});
