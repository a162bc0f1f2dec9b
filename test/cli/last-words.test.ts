import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../data/helpers.js';
import { build, inferOpt } from './run-cli.js';

const folder = temporaryFolder();

beforeAll(build);

describe('a fault in native code', () => {
  it('ends the process with an error message that names the command', async () => {
    // Stands for the runtime: its native half ends the process as soon as it is loaded.
    const killer = join(folder.path, 'killer.cjs');
    writeFileSync(killer, "process.dlopen = () => process.kill(process.pid, 'SIGSEGV');\n");
    const output = join(folder.path, 'a b.onnx');
    const { exitCode, stderr, stdout } = await inferOpt(
      ['fuse', 'fixtures/shapes-depthwise.onnx', '-o', output, '--quiet'],
      { env: { NODE_OPTIONS: `--require ${killer}` } },
    );
    expect(exitCode).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain(
      `error: infer-opt fuse fixtures/shapes-depthwise.onnx -o ${JSON.stringify(output)} --quiet ended inside of onnxruntime`,
    );
    expect(stderr.trim().split('\n')).toHaveLength(2);
  });

  it('is not told of where there is none', async () => {
    const output = join(folder.path, 'out.onnx');
    const fine = await inferOpt([
      'fuse',
      'fixtures/shapes-depthwise.onnx',
      '-o',
      output,
      '--quiet',
      '--no-verify',
    ]);
    expect(fine).toMatchObject({ exitCode: 0, stderr: '' });
    const data = join(folder.path, 'absent.npz');
    const failed = await inferOpt(['fuse', 'fixtures/shapes-depthwise.onnx', '-o', output, '--data', data]);
    expect(failed.exitCode).toBe(2);
    expect(failed.stderr).not.toContain('native code');
  });
});
