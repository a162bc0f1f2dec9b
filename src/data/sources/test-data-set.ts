import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InferOptError } from '../../errors.js';
import { isFile, isFolder, readMaybeGzip } from '../files.js';
import { parseTensorProto, type NamedTensor } from '../tensor-proto.js';
import { onePath, type SourceKind } from './source.js';

const setName = /^test_data_set_\d+$/;
const inputFile = /^input_(\d+)\.pb$/;

export const testDataSet: SourceKind = {
  name: 'test_data_set',
  summary:
    'Folder of test_data_set_* folders (or one of them) with input_*.pb, as the ONNX model zoo has them',
  async detects(location) {
    const path = onePath(location);
    return (await isFolder(path)) && (await setsIn(path)).length > 0;
  },
  async open(location, inputs) {
    const root = onePath(location);
    const sets = await setsIn(root);
    const files = (
      await Promise.all(sets.map(async (set) => (await inputsOf(set)).map((file) => join(set, file))))
    ).flat();
    // One sample is read array by array; its files are parsed once.
    let last: { index: number; tensors: Promise<Map<string, NamedTensor>> } | undefined;
    const load = (index: number): Promise<Map<string, NamedTensor>> => {
      if (last?.index !== index) last = { index, tensors: readSet(sets[index]!) };
      return last.tensors;
    };
    return {
      name: basename(root),
      arrays: inputs.flatMap(({ name }, index) => [name, `input_${index}`]),
      pictures: false,
      files: files.map((path) => ({ name: path.slice(root.length), path })),
      paths: undefined,
      count: () => Promise.resolve(sets.length),
      id: (index) => basename(sets[index]!),
      async read(index, array) {
        const tensors = await load(index);
        const named = [...tensors.values()].find(({ name }) => name === array);
        const position = inputs.findIndex(({ name }) => name === array);
        const found = named ?? tensors.get(position < 0 ? array : `input_${position}`);
        if (found === undefined) {
          const there = [...tensors].map(([file, { name }]) => (name === '' ? file : `${file} "${name}"`));
          throw new InferOptError(
            'data',
            `${sets[index]!} holds no tensor for input "${array}" (it holds: ${there.join(', ') || 'none'})`,
          );
        }
        return found.tensor;
      },
    };
  },
};

async function setsIn(path: string): Promise<string[]> {
  if (await isFile(join(path, 'input_0.pb'))) return [path];
  const folders = (await readdir(path)).filter((name) => setName.test(name));
  return folders.sort((a, b) => numberIn(a) - numberIn(b)).map((name) => join(path, name));
}

async function inputsOf(set: string): Promise<string[]> {
  return (await readdir(set))
    .filter((name) => inputFile.test(name))
    .sort((a, b) => numberIn(a) - numberIn(b));
}

function numberIn(name: string): number {
  return Number(/\d+/.exec(name)?.[0] ?? 0);
}

/** The tensors of one set, by file name without `.pb`. */
async function readSet(set: string): Promise<Map<string, NamedTensor>> {
  const tensors = new Map<string, NamedTensor>();
  for (const file of await inputsOf(set)) {
    const path = join(set, file);
    tensors.set(file.slice(0, -'.pb'.length), parseTensorProto(await readMaybeGzip(path), path));
  }
  return tensors;
}
