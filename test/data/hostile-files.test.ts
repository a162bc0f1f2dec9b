import { execaSync } from 'execa';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../src/data/dataset.js';
import { readMaybeGzip } from '../../src/data/files.js';
import { InferOptError } from '../../src/errors.js';
import { RecipeDocument } from '../../src/recipe/document.js';
import { array, npzBytes, spec, temporaryFolder } from './helpers.js';

const folder = temporaryFolder();
const inputs = [spec('x', 'float32', [2])];

const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it was taken',
    (thrown: unknown) => {
      expect(thrown).toBeInstanceOf(InferOptError);
      return (thrown as InferOptError).message;
    },
  );

describe('files that mean harm', () => {
  it('a gzip bomb is stopped', async () => {
    const bomb = folder.write('bomb.npy.gz', gzipSync(new Uint8Array(300 * 2 ** 20)));
    expect(await messageOf(readMaybeGzip(bomb))).toMatch(/unpacks from \d+ to more than \d+ bytes/);
  });

  it('names of an archive are labels: nothing is written under them, and none is a prototype', async () => {
    const names = ['../../evil', '/etc/passwd', '__proto__', 'constructor'];
    const arrays = Object.fromEntries(names.slice(0, 2).map((name) => [name, array.f4([1, 2], [1, 2])]));
    Object.defineProperty(arrays, '__proto__', { value: array.f4([1, 2], [1, 2]), enumerable: true });
    const archive = folder.write('names.npz', npzBytes({ ...arrays, x: array.f4([1, 2], [3, 4]) }));
    const dataset = await openDataset(archive, inputs, { split: { calibrate: 1, evaluate: 0 } });
    const { inputs: read } = await dataset.calibrate.get(0);
    expect([...read.get('x')!.toFloat32()]).toEqual([3, 4]);
    expect(({} as Record<string, unknown>).evil).toBeUndefined();
  });

  it.skipIf(process.platform === 'win32')('pipes and devices are not waited for', async () => {
    for (const name of ['pipe.npz', 'pipe.yaml', 'pipe.npy', 'pipe.jsonl']) {
      const path = `${folder.path}/${name}`;
      execaSync('mkfifo', [path]);
      expect(await messageOf(openDataset(path, inputs))).not.toBe('it was taken');
    }
    expect(await messageOf(RecipeDocument.read(`${folder.path}/pipe.yaml`))).toContain('no regular file');
    expect(await messageOf(RecipeDocument.read('/dev/zero'))).toContain('no regular file');
  });

  it.each([
    [
      'aliases that multiply',
      'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b]\n',
    ],
    ['an alias of itself', 'a: &a [*a]\n'],
    ['a key __proto__', 'source: x.npz\ninputs: {x: {__proto__: {array: y}}}\n'],
    ['a mapping as a key', '? {a: b}\n: c\n'],
    ['a tag of another language', 'source: !!python/object/apply:os.system [ls]\n'],
    ['deep nesting', `source: ${'['.repeat(20_000)}\n`],
  ])('YAML with %s is refused as a dataset and as a recipe', async (_, text) => {
    const path = folder.write('hostile.yaml', text);
    expect(await messageOf(openDataset(path, inputs))).not.toBe('it was taken');
    const recipe = RecipeDocument.read(path).then(({ value }) => {
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    });
    await recipe.catch((thrown: unknown) => {
      expect(thrown).toBeInstanceOf(InferOptError);
    });
    expect(({} as Record<string, unknown>).array).toBeUndefined();
  });
});
