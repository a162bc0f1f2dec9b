import { basename } from 'node:path';
import { isFile, readMaybeGzip } from '../files.js';
import { parseNpy } from '../npy.js';
import { arrayTable } from './array-table.js';
import { onePath, type SourceKind } from './source.js';

const suffix = /\.npy(\.gz)?$/i;

export const npy: SourceKind = {
  name: 'npy',
  summary: 'One NumPy array (.npy, .npy.gz), called by the name of its file; its first axis counts samples',
  detects: async (location) => suffix.test(onePath(location)) && (await isFile(onePath(location))),
  async open(location) {
    const path = onePath(location);
    const array = basename(path).replace(suffix, '');
    const reader = async () => parseNpy(await readMaybeGzip(path), path);
    return Promise.resolve(arrayTable(path, new Map([[array, reader]]), [{ name: basename(path), path }]));
  },
};
