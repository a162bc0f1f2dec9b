// Case number N of a seed: the same file on every machine that has the same models.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { modelType } from '../../dist/onnx/schema.js';
import { Random } from '../fixtures/random.js';
import { root } from '../setup.js';
import { damageBytes, mutations } from './mutations.js';

const names = Object.keys(mutations);
/** Larger models only make each case slower. */
const largestModel = 600_000;

/** Models to begin with: those under `folders`, in the order of their paths. */
export function findSeeds(folders) {
  const found = [path.join(root, 'fixtures'), ...folders].flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.onnx'))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => statSync(file).size <= largestModel)
      .sort(),
  );
  return found.map((file) => ({ file, bytes: readFileSync(file) }));
}

/** @returns {{ bytes: Uint8Array, what: string }} what was done to which model */
export function makeCase(seeds, seed, index) {
  const random = new Random(Math.imul(seed, 0x9e3779b1) + index);
  const { file, bytes } = seeds[random.integer(seeds.length)];
  const steps = [];
  let out = bytes;
  if (random.uniform() < 0.85) {
    try {
      const model = modelType.decode(bytes);
      const times = 1 + random.integer(3);
      for (let i = 0; i < times; i++) {
        const name = names[random.integer(names.length)];
        mutations[name](model, random);
        steps.push(name);
      }
      out = modelType.encode(model).finish();
    } catch (error) {
      // What cannot be encoded any more cannot arrive as a file either.
      steps.push(`(not encoded: ${String(error.message).slice(0, 40)})`);
    }
  }
  if (steps.length === 0 || random.uniform() < 0.1) {
    out = damageBytes(out, random);
    steps.push('bytes');
  }
  return {
    bytes: out,
    what: `${path.basename(path.dirname(file))}/${path.basename(file)}: ${steps.join(', ')}`,
  };
}
