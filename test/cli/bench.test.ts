import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BenchResult } from '../../src/bench/result.js';
import { build, inferOpt, root } from './run-cli.js';

const model = join(root, 'fixtures', 'glyphs-resnet.onnx');
const data = ['--data', join(root, 'fixtures', 'glyphs-resnet.yaml'), '--samples', '20', '--time', '500ms'];

beforeAll(build, 180_000);

describe('bench', () => {
  it('prints one JSON object; a gate that fails makes exit status 1', async () => {
    const { exitCode, stdout } = await inferOpt([
      'bench',
      model,
      model,
      ...data,
      '--gate',
      'size <= 0.5x',
      '--json',
    ]);
    const result = JSON.parse(stdout) as BenchResult;
    expect(exitCode).toBe(1);
    expect(result.schema).toBe('infer-opt/bench@1');
    expect(result.artifacts.map(({ role }) => role)).toEqual(['baseline', 'candidate']);
    expect(result.artifacts[1]?.outputs?.max_abs).toBe(0);
    expect(result.dataset.samples).toBe(20);
    expect(result.gates[0]).toMatchObject({ verdict: 'fail', limit: 0.5 });
  });

  it('prints a table, and passes without gates', async () => {
    const { exitCode, stdout } = await inferOpt(['bench', model, ...data, '--quiet']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^artifact +p50 +p99 +speed-up +size +top1/);
  });

  it.each([
    [[model, '--gate', 'sped >= 2'], 'there is no metric sped'],
    [['nowhere.onnx'], 'nowhere.onnx'],
    [[model, '--data', 'nowhere.yaml'], 'nowhere.yaml'],
    [[model, '--time', '60'], 'It must be a time with its unit'],
    [[model, '--batch', '0'], 'It must be from 1'],
    [[model, '--scenario', 'server'], 'the server scenario needs a limit'],
    [[model, '--scenario', 'sever'], 'Allowed choices are single, offline, server'],
    [[model, '--gate', 'score >= 1'], 'needs --metric FILE'],
    [[model, '--decode', 'nowhere.mjs'], '--decode nowhere.mjs: it cannot be loaded'],
    [[model, '--server', 'ftp://host'], '--server ftp://host is no address of a server'],
    [[model, '--protocol', 'udp'], 'Allowed choices are http, grpc'],
    [[model, '--gates-file', 'nowhere.yaml'], 'nowhere.yaml: the file of gates cannot be read'],
    [[model, '--against', 'package.json'], 'package.json: this is no stored baseline'],
    [[], "missing required argument 'baseline'"],
  ])('refuses %j with exit status 2', async (words, message) => {
    const { exitCode, stdout, stderr } = await inferOpt(['bench', ...words]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.split('\n')[0]).toContain(message);
  });

  it('names a server that is not there, and measures the rest', async () => {
    const { exitCode, stdout } = await inferOpt([
      'bench',
      model,
      '--server',
      '127.0.0.1:9',
      ...data,
      '--json',
    ]);
    const [local, served] = (JSON.parse(stdout) as BenchResult).artifacts;
    expect(exitCode).toBe(3);
    expect(local!.latency_ms).not.toBeNull();
    expect(served).toMatchObject({
      path: 'http://127.0.0.1:9/v2/models/glyphs-resnet',
      failure: 'unreachable',
      served: { protocol: 'http', encoding: null },
    });
  });

  it('prints what is known when interrupted, and exits with 130', async () => {
    const flags = ['--batch', '1,4000,8', '--time', '20m', '--gate', 'speedup >= 50', '--json'];
    const words = ['bench', model, model, ...data.slice(0, 4), ...flags];
    const child = execa(process.execPath, [join(root, 'bin', 'infer-opt.js'), ...words], {
      reject: false,
      cwd: root,
    });
    // The first size takes seconds and the second minutes, so that the first line, after ten seconds, is about the second.
    child.stderr.on('data', (text: Buffer) => {
      if (text.toString().includes('at batch')) child.kill('SIGINT');
    });
    const { exitCode, stdout } = await child;
    expect(exitCode).toBe(130);
    const result = JSON.parse(stdout) as BenchResult;
    expect(result).toMatchObject({ interrupted: true, gates: [{ verdict: 'fail' }] });
    expect(result.artifacts[1]!.latency_ms).not.toBeNull();
    expect(result.artifacts[1]!.batches.length).toBeLessThan(3);
    expect(result.warnings).toContain('interrupted: the numbers are what was known by then');
  }, 120_000);
});
