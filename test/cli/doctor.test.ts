import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../src/bench/doctor.js';
import { build, inferOpt } from './run-cli.js';

let folder = '';

beforeAll(async () => {
  build();
  folder = await mkdtemp(join(tmpdir(), 'infer-opt-doctor-'));
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('doctor', () => {
  it('prints one JSON object that describes this machine', async () => {
    const { exitCode, stdout, stderr } = await inferOpt(['doctor', '--json']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const diagnosis = JSON.parse(stdout) as Diagnosis;
    expect(diagnosis.schema).toBe('infer-opt/doctor@1');
    expect(diagnosis.environment.node).toBe(process.versions.node);
    expect(diagnosis.environment.cpu.cores).toBe(availableParallelism());
    expect(diagnosis.environment.onnxruntime).toMatch(/^\d+\.\d+\.\d+/);
    expect(diagnosis.environment.providers).toContainEqual({ name: 'cpu', installed: true });
    expect(diagnosis.capabilities.map((one) => one.name)).toContain('INT8 kernels');
  });

  it('says the same in words that fit into 80 columns, without colour in a pipe', async () => {
    const { exitCode, stdout } = await inferOpt(['doctor']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ {2}(yes|part|\?) +INT8 kernels/m);
    expect(stdout).not.toContain('\u001B');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it.skipIf(process.platform === 'win32')('asks the programs on the PATH', async () => {
    await program('nvidia-smi', 'echo "NVIDIA L4, 550.54.15, 23034, 8.9"');
    await program(
      'trtexec',
      'echo "&&&& RUNNING TensorRT.trtexec [TensorRT v100300] # trtexec --help"; exit 1',
    );
    const path = [folder, dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
    const { stdout } = await inferOpt(['doctor', '--json'], { env: { PATH: path } });
    const { gpus, trtexec } = JSON.parse(stdout) as Diagnosis;
    expect(gpus.gpus).toEqual([
      { name: 'NVIDIA L4', driver: '550.54.15', memory_bytes: 23034 * 1048576, compute_capability: '8.9' },
    ]);
    expect(trtexec).toEqual({
      found: true,
      path: join(folder, 'trtexec'),
      version: '10.3.0',
      problem: null,
      hint: null,
    });
  });

  it.skipIf(process.platform === 'win32')('says why a program that is there does not work', async () => {
    await program('nvidia-smi', 'echo "NVIDIA-SMI has failed: no driver" >&2; exit 9');
    await program('trtexec', 'echo "error while loading shared libraries: libnvinfer.so.10" >&2; exit 127');
    const path = [folder, dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
    const { exitCode, stdout } = await inferOpt(['doctor', '--json'], { env: { PATH: path } });
    expect(exitCode).toBe(0);
    const { gpus, trtexec } = JSON.parse(stdout) as Diagnosis;
    expect(gpus).toEqual({ gpus: [], problem: 'nvidia-smi failed: NVIDIA-SMI has failed: no driver' });
    expect(trtexec.version).toBeNull();
    expect(trtexec.problem).toContain('libnvinfer.so.10');
  });
});

async function program(name: string, body: string): Promise<void> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
}
