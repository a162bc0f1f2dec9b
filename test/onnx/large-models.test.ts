import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { quantizeModel } from '../../src/quantize/quantize.js';
import { loadModel } from '../../src/onnx/load.js';
import { keptLike } from '../../src/onnx/scratch.js';
import { writeModel } from '../../src/onnx/write-file.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { temporaryFolder } from '../data/helpers.js';
import { buildModel, randomTensor } from '../support/build.js';

const folder = temporaryFolder();
const dims = [600, 600];

/** One matrix of 1.4 MB: enough to be kept out of memory where that is asked for. */
function dense(seed: number) {
  return buildModel(17, (graph) => {
    const x = graph.input('x', 'float32[2,600]');
    const w = graph.constant('w', randomTensor(dims, seed));
    graph.output(graph.node('MatMul', [x, w]), 'y', 'float32[2,600]');
  });
}

const dataFiles = (name: string): string[] =>
  readdirSync(folder.path).filter((file) => file.startsWith(`${name}.`) && file.endsWith('.data'));

describe('external data', () => {
  it('holds the weights, and is replaced with its model', async () => {
    const file = join(folder.path, 'a.onnx');
    await writeModel(dense(1), file, { embeddedLimit: 0 });
    const [first] = dataFiles('a.onnx');
    const read = await loadModel(file);
    const constant = read.graph.get('w')!.constant!;
    expect(constant.inMemory).toBe(false);
    expect(constant.toFloat32()).toEqual(randomTensor(dims, 1).toFloat32());
    await writeModel(dense(2), file, { embeddedLimit: 0 });
    expect(dataFiles('a.onnx')).toHaveLength(1);
    expect(dataFiles('a.onnx')).not.toContain(first);
    await writeModel(dense(3), file);
    expect(dataFiles('a.onnx')).toEqual([]);
  });

  it('of another process that is about to put its model in place stays; what a killed one left goes', async () => {
    const file = join(folder.path, 'b.onnx');
    const [fresh, stale] = ['0123456789abcdef', 'fedcba9876543210'].map((sum) => `b.onnx.${sum}.data`);
    for (const name of [fresh!, stale!]) writeFileSync(join(folder.path, name), 'x');
    const yesterday = Date.now() / 1000 - 86_400;
    utimesSync(join(folder.path, stale!), yesterday, yesterday);
    await writeModel(dense(1), file);
    expect(dataFiles('b.onnx')).toEqual([fresh]);
  });

  it('gives the same artifact as weights in the file itself', async () => {
    const [inside, beside] = [join(folder.path, 'in.onnx'), join(folder.path, 'out.onnx')];
    await writeModel(dense(4), inside);
    await writeModel(dense(4), beside, { embeddedLimit: 0 });
    for (const mode of ['weights', 'dynamic', 'fp16']) {
      const made = await Promise.all(
        [inside, beside].map(async (model) => {
          const output = `${model}.${mode}.onnx`;
          await quantizeModel({ model, output, mode, target: 'x86', measure: false });
          const written = await loadModel(output);
          return [...written.graph.constants()].map(({ name, constant }) => [name, constant.bytes()]);
        }),
      );
      expect(made[1]).toEqual(made[0]);
    }
  });
});

describe('keptLike', () => {
  const outside = Tensor.fromBytes('float32', dims, {
    byteLength: 1_440_000,
    read: () => new Uint8Array(1_440_000),
  });

  it('puts what is made of a tensor on the disk on the disk as well', () => {
    const made = [5, 6].map((seed) => keptLike(outside, randomTensor(dims, seed)));
    expect(made.map(({ inMemory }) => inMemory)).toEqual([false, false]);
    made.forEach((tensor, index) => {
      expect(tensor.dims).toEqual(dims);
      expect(tensor.toFloat32()).toEqual(randomTensor(dims, 5 + index).toFloat32());
    });
  });

  it('leaves alone what is small, and what is made of a tensor in memory', () => {
    const [small, large] = [randomTensor([4]), randomTensor(dims)];
    expect(keptLike(outside, small)).toBe(small);
    expect(keptLike(large, large)).toBe(large);
  });
});
