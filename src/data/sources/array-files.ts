import { basename } from 'node:path';
import { readMaybeGzip } from '../files.js';
import { parseIdx } from '../idx.js';
import { isNpy, parseNpy } from '../npy.js';
import { arrayTable, type ArrayReader } from './array-table.js';
import type { SourceKind } from './source.js';

export const arrayFiles: SourceKind = {
  name: 'array-files',
  summary:
    'Arrays in files of their own, each named in a dataset file, source: {images: FILE, labels: FILE}: IDX as in MNIST or .npy, .gz too',
  detects: (location) => Promise.resolve(typeof location !== 'string'),
  open(location) {
    const entries = typeof location === 'string' ? [] : Object.entries(location);
    const readers = new Map<string, ArrayReader>(
      entries.map(([array, path]) => [
        array,
        async () => {
          const bytes = await readMaybeGzip(path);
          return isNpy(bytes) ? parseNpy(bytes, path) : parseIdx(bytes, path);
        },
      ]),
    );
    const files = entries.map(([, path]) => ({ name: basename(path), path }));
    const name = entries.map(([, path]) => basename(path)).join(' + ');
    return Promise.resolve(arrayTable(name, readers, files));
  },
};
