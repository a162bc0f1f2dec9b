import { basename } from 'node:path';
import { isFile } from '../files.js';
import { parseNpy } from '../npy.js';
import { listZip, readZipMember } from '../zip.js';
import { arrayTable, type ArrayReader } from './array-table.js';
import { onePath, type SourceKind } from './source.js';

export const npz: SourceKind = {
  name: 'npz',
  summary: 'NumPy archive: arrays by name, their first axis counts samples',
  detects: async (location) => /\.npz$/i.test(onePath(location)) && (await isFile(onePath(location))),
  async open(location) {
    const path = onePath(location);
    const readers = new Map<string, ArrayReader>();
    for (const member of await listZip(path)) {
      if (!member.name.endsWith('.npy')) continue;
      const array = member.name.slice(0, -'.npy'.length);
      readers.set(array, async () =>
        parseNpy(await readZipMember(path, member), `${path}: array "${array}"`),
      );
    }
    return arrayTable(path, readers, [{ name: basename(path), path }]);
  },
};
