import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadModel } from '../../src/onnx/load.js';
import { writeModel } from '../../src/onnx/write-file.js';
import { pruneModel } from '../../src/prune/prune.js';
import { sparsityOf } from '../../src/prune/sparsity.js';
import { temporaryFolder } from '../data/helpers.js';
import { buildModel, randomTensor } from '../support/build.js';

const folder = temporaryFolder();

/** Two matrices of over a megabyte, so that what is made of them goes to the disk, and a small one. */
function dense() {
  return buildModel(17, (graph) => {
    let x = graph.input('x', 'float32[2,600]');
    const weights = { a: [600, 600], b: [600, 700], c: [700, 20] };
    Object.entries(weights).forEach(([name, dims], at) => {
      x = graph.node('MatMul', [x, graph.constant(name, randomTensor(dims, at + 1))]);
    });
    graph.output(x, 'y', 'float32[2,20]');
  });
}

describe('magnitude pruning of weights in a data file', () => {
  it('makes exactly the share zero, the smallest of each layer, as it does in memory', async () => {
    const [inside, beside] = [join(folder.path, 'in.onnx'), join(folder.path, 'out.onnx')];
    await writeModel(dense(), inside);
    await writeModel(dense(), beside, { embeddedLimit: 0 });
    for (const allocation of ['lamp', 'uniform', 'global']) {
      const [memory, disk] = await Promise.all(
        [inside, beside].map((model) =>
          pruneModel({
            ...{ model, output: `${model}.pruned.onnx`, scheme: 'magnitude', ratio: 0.6, repair: false },
            ...{ allocation, measure: false },
          }),
        ),
      );
      const written = await loadModel(disk!.output.path);
      const zeros = Math.ceil(0.6 * (600 * 600 + 600 * 700 + 700 * 20));
      expect(sparsityOf(written).share).toBe(zeros / (600 * 600 + 600 * 700 + 700 * 20));
      const original = dense();
      disk!.layers.forEach((layer, at) => {
        const apart = Math.abs(layer.after - memory!.layers[at]!.after);
        expect(apart, `${allocation}, layer ${at}`).toBeLessThan(0.005 * layer.before);
      });
      for (const name of ['a', 'b', 'c']) {
        const before = original.graph.get(name)!.constant!.toFloat32();
        const after = written.graph.get(name)!.constant!.toFloat32();
        const kept = [...after.keys()].filter((i) => after[i] !== 0);
        const largestGone = before.reduce(
          (most, x, i) => (after[i] === 0 ? Math.max(most, Math.abs(x)) : most),
          0,
        );
        expect(kept.every((i) => after[i] === before[i] && Math.abs(before[i]!) >= largestGone)).toBe(true);
      }
    }
  });
});
