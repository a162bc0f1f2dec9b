import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompileResult } from '../../src/compile/compile.js';
import type { TensorRtReport } from '../../src/compile/tensorrt/report.js';
import { standIn } from '../compile/tensorrt/stand-in.js';
import { build, inferOpt, root } from './run-cli.js';

let folder = '';
let model = '';

beforeAll(async () => {
  build();
  folder = await mkdtemp(join(tmpdir(), 'infer-opt-compile-cli-'));
  model = join(folder, 'model.onnx');
  await copyFile(join(root, 'fixtures', 'glyphs-resnet.onnx'), model);
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('compile', () => {
  it('writes an artifact for onnxruntime with its manifest, and nothing the second time', async () => {
    const out = join(folder, 'model.cpu.onnx');
    const words = ['compile', model, '-o', out, '--target', 'onnxruntime', '--no-measure', '--json'];
    const first = JSON.parse((await inferOpt(words)).stdout) as CompileResult;
    expect(first).toMatchObject({ schema: 'infer-opt/compile@1', state: 'built', output: { path: out } });
    expect((await readFile(out)).byteLength).toBe(first.output?.bytes);
    expect(JSON.parse(await readFile(`${out}.json`, 'utf8'))).toMatchObject({
      schema: 'infer-opt/manifest@1',
    });
    const second = JSON.parse((await inferOpt(words)).stdout) as CompileResult;
    expect(second.state).toBe('reused');
  });

  it('ends with 3 and one helpful line where there is no trtexec, and writes nothing', async () => {
    const before = await readdir(folder);
    const out = join(folder, 'model.engine');
    const { exitCode, stdout, stderr } = await inferOpt([
      'compile',
      model,
      '-o',
      out,
      '--target',
      'tensorrt',
    ]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    const [error, hint, ...rest] = stderr.trim().split('\n');
    expect(error).toContain('trtexec was not found');
    expect(hint).toContain('nvcr.io/nvidia/tensorrt');
    expect(rest).toEqual([]);
    expect(await readdir(folder)).toEqual(before);
  });

  it('prints the command line of any version without a trtexec', async () => {
    const before = await readdir(folder);
    const words = ['compile', model, '-o', join(folder, 'x.engine'), '--target', 'tensorrt', '--dry-run'];
    const flags = [
      '--precision',
      'fp16',
      '--profile',
      'input=1x1x28x28:8x1x28x28:32x1x28x28',
      '--workspace',
      '2G',
    ];
    const { exitCode, stdout } = await inferOpt([
      ...words,
      ...flags,
      '--trtexec-version',
      '10.2',
      '--json',
      '--',
      '--verbose',
    ]);
    expect(exitCode).toBe(0);
    const { state, report } = JSON.parse(stdout) as CompileResult;
    expect(state).toBe('planned');
    expect((report as TensorRtReport).commands.build).toEqual([
      'trtexec',
      `--onnx=${model}`,
      `--saveEngine=${join(folder, 'x.engine')}`,
      '--fp16',
      '--minShapes=input:1x1x28x28',
      '--optShapes=input:8x1x28x28',
      '--maxShapes=input:32x1x28x28',
      '--memPoolSize=workspace:2048',
      '--profilingVerbosity=detailed',
      '--exportLayerInfo=LAYERS.json',
      '--skipInference',
      '--verbose',
    ]);
    const assumed = await inferOpt(words);
    expect(assumed.exitCode).toBe(0);
    expect(assumed.stdout.trim().split('\n').at(-1)).toMatch(/^trtexec --onnx=/);
    expect(assumed.stderr).toContain('trtexec was not found');
    expect(await readdir(folder)).toEqual(before);
  });

  it.skipIf(process.platform === 'win32')('finds trtexec by TRTEXEC and on the PATH', async () => {
    const trtexec = await standIn(folder, { version: '10.2.0' });
    const words = ['compile', model, '--target', 'tensorrt', '--timing-cache', 'none', '--json'];
    const byName = await inferOpt([...words, '-o', join(folder, 'a.engine')], {
      env: { TRTEXEC: trtexec.path },
    });
    expect(byName.exitCode).toBe(0);
    const path = `${trtexec.state}:${process.env.PATH ?? ''}`;
    const byPath = await inferOpt([...words, '-o', join(folder, 'b.engine')], { env: { PATH: path } });
    expect((JSON.parse(byPath.stdout) as CompileResult).report).toMatchObject({
      trtexec: { path: trtexec.path, version: '10.2.0' },
    });
    const nowhere = await inferOpt([...words, '-o', join(folder, 'c.engine')], {
      env: { TRTEXEC: '/nowhere/trtexec' },
    });
    expect(nowhere.exitCode).toBe(3);
    expect(nowhere.stderr).toContain('TRTEXEC names /nowhere/trtexec');
  });

  it.each([
    ['no target', ['-o', 'x.onnx'], "required option '--target <target>' not specified"],
    [
      'two models',
      ['two.onnx', '-o', 'x.onnx', '--target', 'onnxruntime'],
      'two.onnx is neither a flag nor a word for trtexec',
    ],
    [
      'flags of the other target',
      ['-o', 'x.onnx', '--target', 'onnxruntime', '--precision', 'fp16'],
      '--precision is for --target tensorrt',
    ],
    [
      'a size without a unit',
      ['-o', 'x', '--target', 'tensorrt', '--workspace', '4'],
      'It must be a size with its unit',
    ],
    [
      'a version without a dry run',
      ['-o', 'x', '--target', 'tensorrt', '--trtexec-version', '10.2'],
      'is for a dry run',
    ],
  ])('refuses %s', async (_, words, message) => {
    const { exitCode, stdout, stderr } = await inferOpt(['compile', model, ...words], { cwd: folder });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.split('\n')[0]).toContain(message);
  });
});
