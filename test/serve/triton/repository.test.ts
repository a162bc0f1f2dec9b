import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../../src/serve/triton/model-config.js';
import { writeRepository } from '../../../src/serve/triton/repository.js';
import { enumName } from '../../../src/serve/triton/text-format.js';

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'infer-opt-repository-'));
  file = join(folder, 'model.onnx');
  await writeFile(file, 'weights');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const config = (more: Partial<ModelConfig> = {}): ModelConfig => ({
  name: 'm',
  backend: 'onnxruntime',
  max_batch_size: 8,
  input: [{ name: 'x', data_type: enumName('TYPE_FP32'), dims: [3] }],
  output: [{ name: 'y', data_type: enumName('TYPE_FP32'), dims: [5] }],
  dynamic_batching: {},
  ...more,
});
const write = (more: Partial<ModelConfig> = {}, options = {}) =>
  writeRepository(
    join(folder, 'repository'),
    [{ config: config(more), files: [{ from: file, to: 'model.onnx' }], sideFiles: [] }],
    options,
  );
const tree = async (): Promise<string[]> =>
  (await readdir(join(folder, 'repository'), { recursive: true })).sort();

describe('writeRepository', () => {
  it('makes a repository of model folders and leaves nothing beside it', async () => {
    const [written] = await write();
    expect(written).toMatchObject({ version: 1, config: 'written', differs: [] });
    expect(await tree()).toEqual(['m', 'm/1', 'm/1/model.onnx', 'm/config.pbtxt']);
    expect(await readdir(folder)).toEqual(['model.onnx', 'repository']);
  });

  it('adds the next version after the highest, and keeps the configuration that is there', async () => {
    await write();
    for (const name of ['7', '08', 'notes']) await mkdir(join(folder, 'repository/m', name));
    const before = await readFile(join(folder, 'repository/m/config.pbtxt'), 'utf8');
    const [written] = await write({
      dynamic_batching: { max_queue_delay_microseconds: 500 },
      max_batch_size: 4,
    });
    expect(written).toMatchObject({
      version: 8,
      config: 'kept',
      differs: ['max_batch_size', 'dynamic_batching'],
    });
    expect(await readFile(join(folder, 'repository/m/config.pbtxt'), 'utf8')).toBe(before);
    expect(await readFile(join(folder, 'repository/m/8/model.onnx'), 'utf8')).toBe('weights');
  });

  it('replaces the configuration when told to', async () => {
    await write();
    const [written] = await write({ max_batch_size: 4 }, { replaceConfig: true });
    expect(written!.config).toBe('replaced');
    expect(await readFile(join(folder, 'repository/m/config.pbtxt'), 'utf8')).toContain('max_batch_size: 4');
  });

  it.each([
    [
      'other dims',
      { input: [{ name: 'x', data_type: enumName('TYPE_FP32'), dims: [4] }] },
      'its inputs are x TYPE_FP32[-1,3]',
    ],
    [
      'another type',
      { output: [{ name: 'y', data_type: enumName('TYPE_FP16'), dims: [5] }] },
      'its outputs are',
    ],
    ['no batch', { max_batch_size: 0 }, 'its inputs are'],
    ['another engine', { backend: 'tensorrt' }, 'served by onnxruntime, the new version by tensorrt'],
  ])('refuses a version with %s, and changes nothing', async (_, more, message) => {
    await write();
    const before = await tree();
    await expect(write(more)).rejects.toThrow(message);
    expect(await tree()).toEqual(before);
  });

  it('takes an older way to name the engine, and a configuration without inputs', async () => {
    await mkdir(join(folder, 'repository/m/1'), { recursive: true });
    await writeFile(
      join(folder, 'repository/m/config.pbtxt'),
      'platform: "onnxruntime_onnx"\nmax_batch_size: 8',
    );
    expect((await write())[0]).toMatchObject({ version: 2, config: 'kept' });
  });

  it('writes all models or none', async () => {
    await write();
    const before = await tree();
    const models = ['a', 'b'].map((name, index) => ({
      config: config({ name }),
      files: [{ from: index === 0 ? file : join(folder, 'absent'), to: 'model.onnx' }],
      sideFiles: [],
    }));
    await expect(writeRepository(join(folder, 'repository'), models)).rejects.toThrow();
    expect(await tree()).toEqual(before);
    expect(await readdir(folder)).toEqual(['model.onnx', 'repository']);
  });

  it.runIf(process.getuid?.() !== 0)('takes back what was moved when a later move fails', async () => {
    await write();
    await write({ name: 'z' });
    // A version cannot go into z, and a has been moved by then.
    await chmod(join(folder, 'repository/z'), 0o555);
    const before = await tree();
    const models = ['a', 'z'].map((name) => ({
      config: config({ name }),
      files: [{ from: file, to: 'model.onnx' }],
      sideFiles: [],
    }));
    await expect(writeRepository(join(folder, 'repository'), models)).rejects.toThrow('permission denied');
    expect(await tree()).toEqual(before);
    await chmod(join(folder, 'repository/z'), 0o755);
  });

  it('refuses a file as repository, and a parent that is not there', async () => {
    const models = [{ config: config(), files: [], sideFiles: [] }];
    await expect(writeRepository(file, models)).rejects.toThrow('it is no folder');
    await expect(writeRepository(join(folder, 'none/repository'), models)).rejects.toThrow('does not exist');
  });
});
