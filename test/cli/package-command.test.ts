import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PackageResult } from '../../src/serve/package-result.js';
import { encodeTiny, linear } from '../bench/tiny-models.js';
import { build, inferOpt, root } from './run-cli.js';

let folder = '';
beforeAll(async () => {
  build();
  folder = await mkdtemp(join(tmpdir(), 'infer-opt-package-'));
  await writeFile(join(folder, 'linear.onnx'), encodeTiny(linear(3, 2, [1, 2, 3, 4, 5, 6])));
  await copyFile(join(root, 'fixtures', 'glyphs-resnet.onnx'), join(folder, 'glyphs.onnx'));
  await writeFile(join(folder, 'engine.plan'), 'engine');
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = async (...words: string[]) => inferOpt(['package', ...words], { cwd: folder });

describe('package', () => {
  it('writes a repository, then the next version', async () => {
    const first = await run('linear.onnx', '-o', 'repository', '--json');
    expect(first.exitCode).toBe(0);
    const result = JSON.parse(first.stdout) as PackageResult;
    expect(result.schema).toBe('infer-opt/package@1');
    expect(result.models[0]).toMatchObject({ name: 'linear', version: 1, max_batch_size: 8, window_ms: 0 });
    expect(await readdir(join(folder, 'repository'))).toEqual(['linear']);
    const config = await readFile(join(folder, 'repository/linear/config.pbtxt'), 'utf8');
    expect(config).toContain('dynamic_batching {');
    expect(config).toMatch(/dims: \[ 3 \]/);
    const second = await run('linear.onnx', '-o', 'repository', '--json');
    expect((JSON.parse(second.stdout) as PackageResult).models[0]).toMatchObject({
      version: 2,
      config: 'kept',
    });
    expect(await readFile(join(folder, 'repository/linear/2/model.onnx'))).toEqual(
      await readFile(join(folder, 'linear.onnx')),
    );
  });

  it('tells the server not to optimize what the runtime has saved', async () => {
    const compile = ['compile', 'linear.onnx', '-o', 'saved.onnx', '--target', 'onnxruntime', '--no-measure'];
    expect((await inferOpt(compile, { cwd: folder })).exitCode).toBe(0);
    const { exitCode, stderr } = await run('saved.onnx', '-o', 'saved-repository');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('compiled for this CPU');
    const config = await readFile(join(folder, 'saved-repository/saved/config.pbtxt'), 'utf8');
    expect(config).toMatch(/optimization \{\s+graph \{\s+level: 2\s+\}\s+\}/);
  });

  it('takes settings from a plan, and flags before those', async () => {
    const settings = { max_batch: 16, window_ms: 2.5, preferred: [], instances: 2, queue_limit: 100 };
    const plan = {
      schema: 'infer-opt/plan@1',
      model: { sha256: null, peak_memory_bytes: 100e6 },
      workload: { threads: 1 },
      recommendation: { settings },
    };
    await writeFile(join(folder, 'plan.json'), JSON.stringify(plan));
    const flags = ['--plan', 'plan.json', '--max-batch', '12', '--manifests', 'cluster'];
    const { exitCode } = await run('linear.onnx', '-o', 'planned', '--name', 'served model', ...flags);
    expect(exitCode).toBe(0);
    const config = await readFile(join(folder, 'planned/served model/config.pbtxt'), 'utf8');
    expect(config).toContain('max_batch_size: 12');
    expect(config).toContain('max_queue_delay_microseconds: 2500');
    expect(config).toContain('max_queue_size: 100');
    expect(config).toContain('count: 2');
    const deployment = await readFile(join(folder, 'cluster/deployment.yaml'), 'utf8');
    expect(deployment).toContain('name: served-model');
    expect(deployment).toMatch(/cpu: "2"\n\s+memory: 703Mi/);
    expect(await readFile(join(folder, 'cluster/inference-service.yaml'), 'utf8')).toContain(
      'kserve-tritonserver',
    );
  });

  it('serves an engine without a manifest as the server reads it', async () => {
    const { exitCode, stderr } = await run('engine.plan', '-o', 'engines');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('no engine.plan.json');
    const config = await readFile(join(folder, 'engines/engine/config.pbtxt'), 'utf8');
    expect(config).toContain('KIND_GPU');
    expect(config).not.toContain('max_batch_size');
  });

  it.each([
    ['another kind of file', ['plan.txt'], 'there is no such file'],
    ['two models of one name', ['linear.onnx', './linear.onnx'], 'two models would be called linear'],
    ['a name that is a path', ['linear.onnx', '--name', 'a/b'], 'cannot be called "a/b"'],
    ['an unknown state', ['linear.onnx', '--state', 'next=x'], 'the model has no output next'],
    ['a bad policy', ['linear.onnx', '--versions', 'newest'], 'no version policy: newest'],
    ['an unknown accelerator', ['linear.onnx', '--accelerator', 'magic'], 'no accelerator is called magic'],
    [
      'labels that are too few',
      ['linear.onnx', '--labels', 'one.txt'],
      'one.txt has 1 labels, output scores 2 classes',
    ],
    ['a preferred size above the largest', ['linear.onnx', '--preferred', '32'], 'a preferred batch of 32'],
  ])('refuses %s in one line, and writes nothing', async (_, words, message) => {
    await writeFile(join(folder, 'one.txt'), 'one\n');
    const { exitCode, stdout, stderr } = await run(...words, '-o', 'refused');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.split('\n')[0]).toContain(message);
    expect((await readdir(folder)).filter((name) => name.includes('refused'))).toEqual([]);
  });

  it('makes a fixed batch dynamic, checked', async () => {
    const { exitCode, stdout } = await run('glyphs.onnx', '-o', 'dynamic', '--dynamic-batch', '--json');
    expect(exitCode).toBe(0);
    const [model] = (JSON.parse(stdout) as PackageResult).models;
    expect(model).toMatchObject({ max_batch_size: 8 });
  });
});
