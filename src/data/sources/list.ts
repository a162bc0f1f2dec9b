import { InferOptError } from '../../errors.js';
import { isFile, isFolder } from '../files.js';
import type { InputSpec } from '../types.js';
import { arrayFiles } from './array-files.js';
import { imageFolder } from './image-folder.js';
import { jsonLines } from './json-lines.js';
import { npy } from './npy.js';
import { npz } from './npz.js';
import type { Location, OpenSource, SourceKind } from './source.js';
import { testDataSet } from './test-data-set.js';

/** Every kind of source, asked in this order. */
export const sourceKinds: readonly SourceKind[] = [
  arrayFiles, // the only one that is several files
  npz,
  npy,
  jsonLines,
  testDataSet, // before pictures: it is the narrower claim on a folder
  imageFolder,
];

/** Opens what is at a location. Throws `usage` when nothing is there, `data` when no kind knows it. */
export async function openSource(location: Location, inputs: readonly InputSpec[]): Promise<OpenSource> {
  for (const path of typeof location === 'string' ? [location] : Object.values(location)) {
    if (!(await isFile(path)) && !(await isFolder(path)))
      throw new InferOptError('usage', `there is no dataset at ${path}`);
  }
  for (const kind of sourceKinds) {
    if (await kind.detects(location)) return kind.open(location, inputs);
  }
  const kinds = sourceKinds.map(({ summary }) => summary).join('; ');
  throw new InferOptError(
    'data',
    `${typeof location === 'string' ? location : JSON.stringify(location)} is no dataset of a known kind`,
    {
      hint: `known are: ${kinds}`,
    },
  );
}
