import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../src/data/dataset.js';
import { spec } from './helpers.js';

const root = new URL('../../../shared/real/datasets/', import.meta.url).pathname;
const present = existsSync(root);
if (!present) console.warn('skipped: real datasets are not beside this repository (../shared/real)');

/** Dataset file, the input of its model, sizes of the two parts, shape of a sample, and how many classes there are. */
const datasets = [
  ['magika', spec('bytes', 'int32', ['N', 2048]), 26, 50, [1, 2048], 214],
  ['mnist-8', spec('Input3', 'float32', [1, 1, 28, 28]), 500, 2000, [1, 1, 28, 28], 10],
  ['mnist-cnn-pytorch', spec('0', 'float32', [1, 1, 28, 28]), 500, 2000, [1, 1, 28, 28], 10],
  ['mnist-mlp-256x4', spec('0', 'float32', [1, 784, 1]), 500, 2000, [1, 784, 1], 10],
  [
    'mobilenetv2',
    spec('serving_default_input_1:0', 'uint8', ['N', 224, 224, 3]),
    100,
    400,
    [1, 224, 224, 3],
    1000,
  ],
  ['resnet20-cifar10', spec('input.1', 'float32', [1, 3, 32, 32]), 500, 1500, [1, 3, 32, 32], 10],
  ['squeezenet1.1', spec('data_0', 'float32', [1, 3, 224, 224]), 100, 400, [1, 3, 224, 224], 1000],
  ['vit-cifar10', spec('input', 'float32', ['batch', 3, 32, 32]), 500, 1500, [1, 3, 32, 32], 10],
] as const;

describe.skipIf(!present)('real datasets', () => {
  it.each(datasets)('%s', async (name, input, calibrate, evaluate, dims, classes) => {
    const path = `${root}${name}.yaml`;
    const inputs = [{ ...input, dims: [...input.dims] }];
    const dataset = await openDataset(path, inputs);
    expect([dataset.name, dataset.task, dataset.labelled]).toEqual([name, 'classification', true]);
    expect([dataset.calibrate.size, dataset.evaluate.size]).toEqual([calibrate, evaluate]);

    const decoded = [
      await dataset.calibrate.get(0),
      await dataset.calibrate.get(1),
      await dataset.evaluate.get(evaluate - 1),
    ];
    expect(new Set(decoded.map(({ id }) => id)).size).toBe(3);
    for (const { inputs: tensors, label } of decoded) {
      const tensor = tensors.get(input.name)!;
      expect([tensor.dtype, tensor.dims]).toEqual([input.dtype, dims]);
      expect(Array.from(tensor.toNumbers()).every(Number.isFinite)).toBe(true);
      expect(Number.isInteger(label) && label! >= 0 && label! < classes).toBe(true);
    }

    const again = await openDataset(path, inputs);
    expect(again.sha256).toBe(dataset.sha256);
    expect((await again.evaluate.get(0)).id).toBe((await dataset.evaluate.get(0)).id);
  });

  it('has parts that share no sample', async () => {
    const dataset = await openDataset(`${root}magika.yaml`, [spec('bytes', 'int32', ['N', 2048])]);
    const ids: string[] = [];
    for (const set of [dataset.calibrate, dataset.evaluate]) {
      for (let index = 0; index < set.size; index++) ids.push((await set.get(index)).id);
    }
    expect(new Set(ids).size).toBe(76);
  });
});
