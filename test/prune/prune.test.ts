import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '../../src/data/dataset.js';
import { loadModel } from '../../src/onnx/load.js';
import { patternCounts } from '../../src/prune/file-facts.js';
import { inputSpecs } from '../../src/ir/tensor-inputs.js';
import { pruneModel } from '../../src/prune/prune.js';
import type { PruneRequest } from '../../src/prune/request.js';
import { sparsityOf } from '../../src/prune/sparsity.js';
import type { PruneResult } from '../../src/prune/result.js';
import { compareOutputs } from '../../src/runtime/compare-outputs.js';

const model = 'fixtures/glyphs-resnet.onnx';
const data = 'fixtures/glyphs-resnet.yaml';
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'infer-opt-prune-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function run(name: string, request: Partial<PruneRequest>): Promise<PruneResult> {
  return pruneModel({
    model,
    output: join(folder, name),
    scheme: 'magnitude',
    data,
    dataset: { samples: 40 },
    measure: false,
    ...request,
  });
}

describe('magnitude', () => {
  it('reaches the ratio, shrinks the compressed file, and repair takes back most of the loss', async () => {
    const cut = await run('cut.onnx', { ratio: 0.6, repair: false, allocation: 'uniform' });
    const repaired = await run('repaired.onnx', { ratio: 0.6 });
    for (const result of [cut, repaired]) {
      const share = sparsityOf(await loadModel(result.output.path)).share;
      expect(share).toBeGreaterThanOrEqual(0.6);
      expect(share).toBeLessThan(0.601);
      expect(result.zeros.after).toBe(share);
      expect(result.output.gzip_bytes).toBeLessThan(0.75 * result.input.gzip_bytes!);
    }
    // Errors on samples that the repair has not seen.
    const { evaluate } = await openDataset(data, inputSpecs(await loadModel(model)));
    const distance = (path: string) => compareOutputs(model, path, evaluate, { threads: 1, limit: 60 });
    const [before, after] = [await distance(cut.output.path), await distance(repaired.output.path)];
    expect(after.sqnr_db! - before.sqnr_db!).toBeGreaterThan(3);
    expect(repaired.repair).toMatchObject({ samples: 40 });
    for (const layer of repaired.layers) {
      expect(layer.error_with_repair!).toBeLessThanOrEqual(layer.error_without_repair!);
    }
  }, 60_000);

  it('gives the same file again', async () => {
    const [a, b] = [await run('a.onnx', { ratio: 0.3 }), await run('b.onnx', { ratio: 0.3 })];
    expect((await readFile(a.output.path)).equals(await readFile(b.output.path))).toBe(true);
  }, 60_000);

  it('with ratio 0 leaves every output as it is, to the last bit', async () => {
    const result = await run('zero.onnx', { ratio: 0 });
    expect(result.outputs).toMatchObject({ sqnr_db: null, max_abs: 0 });
    expect(result.layers).toEqual([]);
  });

  it('needs a ratio', async () => {
    await expect(run('x.onnx', {})).rejects.toThrow('needs a ratio');
    await expect(run('x.onnx', { ratio: 1 })).rejects.toThrow('from 0 to below 1');
  });
});

describe('patterns', () => {
  it.each([
    ['2:4', { kept: 2, of: 4 }],
    ['4:8', { kept: 4, of: 8 }],
  ])(
    '%s holds in the written file, and what cannot hold it is named',
    async (scheme, pattern) => {
      const result = await run('pattern.onnx', { scheme });
      const counts = patternCounts(await loadModel(result.output.path), pattern);
      expect(counts.holding).toBe(counts.eligible);
      expect(counts.eligible).toBeGreaterThan(3);
      expect(result.pattern).toEqual({ name: scheme, ...counts, holds: true });
      // The first layer sums over the channels of the picture.
      expect(result.left.some(({ reason }) => reason.includes('do not divide'))).toBe(true);
    },
    60_000,
  );

  it('say how far they go', async () => {
    await expect(run('far.onnx', { scheme: '2:4', ratio: 0.7, repair: false })).rejects.toThrow(
      /cannot be pruned to 0.7: 2:4 reaches 0\.\d+/,
    );
  });
});
