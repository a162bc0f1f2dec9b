import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Tensor } from '../../tensor/tensor.js';
import { decodeImage } from '../decode-image.js';
import { isFolder } from '../files.js';
import { toThreeChannels } from '../pixels.js';
import { onePath, type SourceKind } from './source.js';

const pictureName = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;

export const imageFolder: SourceKind = {
  name: 'image-folder',
  summary: 'Folder of pictures, subfolders included, in the order of their paths (needs the package sharp)',
  async detects(location) {
    const path = onePath(location);
    return (await isFolder(path)) && (await picturesIn(path)).length > 0;
  },
  async open(location) {
    const root = onePath(location);
    const paths = await picturesIn(root);
    return {
      name: basename(root),
      arrays: ['image'],
      pictures: true,
      files: paths.map((name) => ({ name, path: join(root, name) })),
      paths,
      count: () => Promise.resolve(paths.length),
      id: (index) => paths[index]!,
      async read(index) {
        const { height, width, values } = toThreeChannels(await decodeImage(join(root, paths[index]!)));
        return Tensor.of('uint8', [height, width, 3], values);
      },
    };
  },
};

/** Paths of the pictures below a folder, with `/`, sorted by their code units so that the order is the same everywhere. */
async function picturesIn(root: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (folder: string): Promise<void> => {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) await visit(path);
      else if (pictureName.test(entry.name)) found.push(path);
    }
  };
  await visit('');
  return found.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
