import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { InferOptError, readableReason } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { isFile } from './files.js';
import type { OpenSource, SourceFile } from './sources/source.js';

/** Labels of a dataset: read per sample, because some sources decode a sample to find its label. */
export interface Labels {
  /** The array they come from, if they do: it must be as long as the inputs. */
  readonly array: string | undefined;
  /** The number of labels, where they are a list of their own. */
  readonly length: number | undefined;
  readonly files: readonly SourceFile[];
  of(index: number): Promise<number | Tensor>;
}

/**
 * Labels of a task other than classification and embedding may be arrays.
 * What `labels:` says: `filename-prefix`, `folder`, the name of an array, or a file with one number a line
 * (looked for from `folder`). Throws `usage` when it is none of these, `data` for a label that is no number.
 */
export async function openLabels(
  said: string,
  source: OpenSource,
  folder: string,
  task?: string,
): Promise<Labels> {
  if (said === 'filename-prefix') return fromPaths(said, source, prefixLabels);
  if (said === 'folder') return fromPaths(said, source, folderLabels);
  if (source.arrays.includes(said)) {
    return {
      array: said,
      length: undefined,
      files: [],
      async of(index) {
        const single = task === undefined || task === 'classification' || task === 'embedding';
        const tensor = await source.read(index, said, single ? 'int64' : 'float32');
        if (!single && tensor.dtype !== 'string' && tensor.size !== 1) return tensor;
        const where = `${source.name}, sample ${source.id(index)}: label in "${said}"`;
        if (tensor.dtype === 'string' || tensor.size !== 1) {
          throw new InferOptError(
            'data',
            `${where} is ${tensor.dtype}[${tensor.dims.join(', ')}], not one number`,
          );
        }
        return checked(tensor.toNumbers()[0]!, where);
      },
    };
  }
  const path = resolve(folder, said);
  if (await isFile(path)) return fromFile(path);
  throw new InferOptError(
    'usage',
    `labels: "${said}" is neither an array of ${source.name} (${source.arrays.join(', ')}) nor a file at ${path}`,
    { hint: 'labels: filename-prefix, folder, the name of an array, or a file with one number a line' },
  );
}

function fromPaths(said: string, source: OpenSource, read: (paths: readonly string[]) => number[]): Labels {
  if (source.paths === undefined) {
    throw new InferOptError('usage', `labels: ${said} needs a folder of files, and ${source.name} is none`, {
      hint: `name an array instead (${source.arrays.join(', ')})`,
    });
  }
  return fromList(read(source.paths), []);
}

function fromList(list: readonly number[], files: readonly SourceFile[]): Labels {
  return { array: undefined, length: list.length, files, of: (index) => Promise.resolve(list[index]!) };
}

function prefixLabels(paths: readonly string[]): number[] {
  return paths.map((path) => {
    const digits = /^\d+/.exec(basename(path))?.[0];
    if (digits === undefined)
      throw new InferOptError(
        'data',
        `labels: filename-prefix, but the name of ${path} starts with no number`,
      );
    return checked(Number(digits), path);
  });
}

/** Folders whose names are all numbers mean those numbers; else a folder means its place in alphabetical order. */
function folderLabels(paths: readonly string[]): number[] {
  const folders = paths.map((path) => dirname(path));
  const loose = paths.find((_, index) => folders[index] === '.');
  if (loose !== undefined)
    throw new InferOptError('data', `labels: folder, but ${loose} lies in no folder of its class`);
  const classes = [...new Set(folders)].sort((a, b) => (a < b ? -1 : 1));
  const numbers = classes.every((name) => /^\d+$/.test(basename(name)));
  const label = new Map(classes.map((name, place) => [name, numbers ? Number(basename(name)) : place]));
  return folders.map((folder) => label.get(folder)!);
}

async function fromFile(path: string): Promise<Labels> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (thrown) {
    throw new InferOptError('data', `${path} cannot be read: ${readableReason(thrown)}`, { cause: thrown });
  }
  const lines = text.trimEnd().split('\n');
  const list = lines.map((line, index) => {
    const number = line.trim();
    return checked(
      number === '' ? NaN : Number(number),
      `${path}, line ${index + 1}: "${number.slice(0, 40)}"`,
    );
  });
  return fromList(list, [{ name: basename(path), path }]);
}

function checked(value: number, where: string): number {
  if (Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
  throw new InferOptError('data', `${where} is no number that a label can be`);
}
