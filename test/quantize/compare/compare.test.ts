import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../../../src/ir/model.js';
import { encodeModel } from '../../../src/onnx/write.js';
import { compareModels } from '../../../src/quantize/compare/compare.js';
import { DistanceSum } from '../../../src/quantize/compare/distance.js';
import { weightsMode } from '../../../src/quantize/modes/weights.js';
import { staticMode } from '../../../src/quantize/modes/static.js';
import type { Mode } from '../../../src/quantize/modes/mode.js';
import { plain } from '../../../src/report/style.js';
import { compareText } from '../../../src/report/compare-text.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, f32, randomTensor } from '../../support/build.js';
import { conv } from '../../support/layers.js';
import { makeArtifact, type Request } from '../artifact.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'compare-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileOf(name: string, model: Model): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, encodeModel(model));
  return file;
}

async function pairOf(
  name: string,
  model: Model,
  mode: Mode,
  request: Request = {},
): Promise<[string, string]> {
  const artifact = await makeArtifact(model, mode, request);
  const candidate = path.join(folder, `${name}.int8.onnx`);
  await writeFile(candidate, artifact.bytes);
  return [await fileOf(`${name}.onnx`, model), candidate];
}

const chain = (): Model =>
  buildModel(17, (g) => {
    const first = g.node(
      'Relu',
      [conv(g, g.input('x', 'float32[1,4,8,8]'), [8, 4, 3, 3])],
      {},
      { name: 'first' },
    );
    const second = g.node('Relu', [conv(g, first, [8, 8, 3, 3])], {}, { name: 'second' });
    g.output(conv(g, second, [5, 8, 1, 1]), 'y', 'float32');
  });

describe('compareModels', () => {
  it('follows the error from the input to the output of a static artifact', async () => {
    const [baseline, candidate] = await pairOf('chain', chain(), staticMode);
    const result = await compareModels({ baseline, candidate });
    const names = result.values.map(({ value }) => value);
    expect(names).toEqual(['x', 'first_out', 'second_out', 'y']);
    expect(result.values[0]).toMatchObject({ node: null, sqnr_in_db: null });
    for (const one of result.values) expect(one.sqnr_db).toBeGreaterThan(20);
    expect(result.values.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    // What comes in is what went out in front.
    expect(result.values[2]!.sqnr_in_db).toBe(result.values[1]!.sqnr_db);
    expect(result.values[3]!.sqnr_db).toBeCloseTo(result.outputs.sqnr_db!, 1);
  });

  it('finds the same in operators on integers as in pairs', async () => {
    const model = chain();
    const pairs = await pairOf('pairs', model, staticMode);
    const own = await pairOf('own', model, staticMode, { format: 'qoperator' });
    const [a, b] = [
      await compareModels({ baseline: pairs[0], candidate: pairs[1] }),
      await compareModels({ baseline: own[0], candidate: own[1] }),
    ];
    expect(b.values.map(({ value }) => value)).toEqual(a.values.map(({ value }) => value));
    a.values.forEach(({ sqnr_db }, index) => {
      expect(b.values[index]!.sqnr_db).toBeCloseTo(sqnr_db!, 0);
    });
  });

  it('names the layer that was spoiled', async () => {
    const model = chain();
    const baseline = await fileOf('spoiled.onnx', model);
    const node =
      [...model.graph.nodes()].find(({ name }) => name === 'conv_2') ?? [...model.graph.nodes()][2]!;
    const weights = node.inputs[1]!.constant!;
    node.inputs[1]!.constant = Tensor.float32(
      weights.dims,
      weights.toFloat32().map((value, at) => value + (at % 2 === 0 ? 0.1 : -0.1)),
    );
    const candidate = await fileOf('spoiled.int8.onnx', model);
    const { worst, values } = await compareModels({ baseline, candidate });
    expect(values.find(({ value }) => value === 'first_out')!.sqnr_db).toBeNull();
    expect(worst[0]!.node).toBe(node.label);
    expect(worst[0]!.try).toBe(`--exclude "${node.label}"`);
  });

  it('sees that a range cuts off values', async () => {
    const model = buildModel(17, (g) => {
      const w = g.constant('w', randomTensor([64, 32], 3));
      g.output(
        g.node('Relu', [g.node('MatMul', [g.input('x', 'float32[4,64]'), w])], {}, { name: 'relu' }),
        'y',
        'float32',
      );
    });
    const samples = [1, 2].map((seed) => new Map([['x', randomTensor([4, 64], seed, 0.2)]]));
    const [baseline, candidate] = await pairOf('narrow', model, staticMode, { samples });
    const { worst } = await compareModels({ baseline, candidate });
    expect(worst[0]!.clipped).toBeGreaterThan(0.05);
    expect(worst[0]!.try).toContain('--calibration minmax');
  });

  it('compares weight-only artifacts, and tells it in words', async () => {
    const model = buildModel(17, (g) => {
      const w = g.constant('w', randomTensor([64, 32], 3));
      g.output(
        g.node('Relu', [g.node('MatMul', [g.input('x', 'float32[4,64]'), w])], {}, { name: 'relu' }),
        'y',
        'float32',
      );
    });
    const [baseline, candidate] = await pairOf('small', model, weightsMode, { bits: 4 });
    const result = await compareModels({ baseline, candidate });
    expect(result.values.map(({ value }) => value)).toEqual(['y']);
    const text = await compareText(result, plain);
    expect(text).toMatch(/relu\s+Relu\s+exact\s+\d+\.\d\s+100\.0%\s+--exclude it by name/);
    expect(text).toContain('1 values compared; 1 of the baseline have no counterpart');
  });

  it('finds nothing between a model and itself', async () => {
    const baseline = await fileOf('same.onnx', chain());
    const candidate = await fileOf('same2.onnx', chain());
    const { worst, outputs } = await compareModels({ baseline, candidate: baseline });
    expect([worst, outputs.sqnr_db]).toEqual([[], null]);
    expect(candidate).not.toBe(baseline);
  });

  it('refuses models that have nothing to do with each other', async () => {
    const baseline = await fileOf('a.onnx', chain());
    const other = await fileOf(
      'b.onnx',
      buildModel(17, (g) => g.output(g.node('Relu', [g.input('z', 'float32[2]')]), 'y')),
    );
    await expect(compareModels({ baseline, candidate: other })).rejects.toMatchObject({ code: 'model' });
  });
});

describe('DistanceSum', () => {
  it('takes out a scale of channels, but no error', () => {
    const expected = randomTensor([2, 3, 50], 1);
    const noise = randomTensor([2, 3, 50], 2, 0.01).toFloat32();
    const scales = [1, 8, 0.1];
    const noisy = expected.toFloat32().map((value, at) => value + noise[at]!);
    const scaled = noisy.map((value, at) => value * scales[Math.floor(at / 50) % 3]!);
    const [plainSum, scaledSum] = [noisy, scaled].map((values) => {
      const sum = new DistanceSum(undefined);
      sum.add(expected, Tensor.float32([2, 3, 50], values));
      return sum.finish()!;
    });
    expect(plainSum!.scaled).toBe(false);
    expect(scaledSum!.scaled).toBe(true);
    expect(scaledSum!.sqnrDb).toBeCloseTo(plainSum!.sqnrDb, 0);
    expect(plainSum!.sqnrDb).toBeGreaterThan(38);
    expect(plainSum!.sqnrDb).toBeLessThan(42);
  });

  it('counts what lies outside of the integers, and leaves out what is no number', () => {
    const sum = new DistanceSum({ low: -1, high: 2 });
    sum.add(f32([4], [-2, 0, 3, NaN]), f32([4], [-1, 0, 2, 0]));
    expect(sum.finish()).toMatchObject({ clipped: 0.5, maxAbs: 1 });
  });

  it('gives nothing for shapes that do not fit', () => {
    const sum = new DistanceSum(undefined);
    sum.add(f32([2], [1, 2]), f32([3], [1, 2, 3]));
    expect(sum.finish()).toBeUndefined();
  });
});
