import { describe, expect, it } from 'vitest';
import { checkBatches } from '../../src/bench/serving/batch-check.js';
import { writeModel } from '../../src/onnx/write-file.js';
import { ModelProcess } from '../../src/runtime/process/model-process.js';
import { makeBatchDynamic } from '../../src/ir/dynamic-batch.js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildModel, i64, randomTensor, type GraphBuilder } from '../support/build.js';
import type { Model } from '../../src/ir/model.js';

/** Opens the batch and compares batches of 1, 2 and 7 with single requests. */
async function checked(model: Model): Promise<{ obstacle: string | undefined; difference: number }> {
  makeBatchDynamic(model);
  const folder = await mkdtemp(join(tmpdir(), 'infer-opt-dynamic-'));
  const path = join(folder, 'model.onnx');
  await writeModel(model, path);
  const process = await ModelProcess.start(path, { threads: 1 });
  try {
    const requests = Array.from(
      { length: 7 },
      (_, seed) => new Map([['x', randomTensor([1, 2, 6], seed + 1)]]),
    );
    return await checkBatches(process, requests, [1, 2, 7]);
  } finally {
    await process.close();
    await rm(folder, { recursive: true });
  }
}

const model = (
  shape: readonly number[],
  back: readonly number[],
  more?: (graph: GraphBuilder) => void,
): Model =>
  buildModel(17, (graph) => {
    const x = graph.input('x', 'float32[1,2,6]');
    const flat = graph.node('Reshape', [x, graph.constant('shape', i64(...shape))]);
    const soft = graph.node('Softmax', [flat], { axis: -1 }, { type: 'float32[1,12]' });
    const y = graph.node('Reshape', [soft, graph.constant('back', i64(...back))]);
    graph.output(y, 'y', 'float32[1,3,4]');
    more?.(graph);
  });

describe('makeBatchDynamic', () => {
  it.each([
    ['a leading one', [1, 12], [1, 3, 4]],
    ['a leading one and an inferred rest', [1, -1], [1, 3, -1]],
    ['a batch merged into the first length', [2, 6], [1, 3, 4]],
    ['zeros', [0, -1], [1, 3, 4]],
  ])('opens %s', async (_, shape, back) => {
    const { obstacle, difference } = await checked(model(shape, back));
    expect(obstacle).toBeUndefined();
    expect(difference).toBeLessThan(1e-6);
  });

  it('is caught where a model mixes its samples', async () => {
    const mixing = buildModel(17, (graph) => {
      const x = graph.input('x', 'float32[1,2,6]');
      const mean = graph.node('ReduceMean', [x], { axes: [0], keepdims: 1 });
      graph.output(graph.node('Sub', [x, graph.node('Abs', [mean])]), 'y', 'float32[1,2,6]');
    });
    expect((await checked(mixing)).obstacle).toMatch(/in a batch of 2, output y differs/);
  });

  it('is caught where a constant holds the batch', async () => {
    const stuck = buildModel(17, (graph) => {
      const x = graph.input('x', 'float32[1,2,6]');
      const token = graph.constant('token', randomTensor([1, 1, 6]));
      graph.output(graph.node('Concat', [token, x], { axis: 1 }), 'y', 'float32[1,3,6]');
    });
    expect((await checked(stuck)).obstacle).toMatch(/a batch of 2 is refused/);
  });

  it('refuses a model whose batch is not in the first place', () => {
    const other = buildModel(17, (graph) => {
      graph.output(graph.node('Relu', [graph.input('x', 'float32[4,6]')]), 'y', 'float32[4,6]');
    });
    expect(() => makeBatchDynamic(other)).toThrow('x begins with 4');
  });
});
