import { describe, expect, it } from 'vitest';
import { judgeCapabilities, type Facts } from '../../src/bench/capabilities.js';

function facts(arch: string, instructions: readonly string[] | null, cuda = false): Facts {
  return {
    environment: {
      cpu: { model: 'test', cores: 8, quota: null, instructions },
      memory_bytes: 1e9,
      os: { name: 'Linux', release: '6', arch },
      node: '20.19.0',
      onnxruntime: '1.30.0',
      providers: [
        { name: 'cpu', installed: true },
        { name: 'cuda', installed: cuda },
      ],
    },
    gpus: {
      gpus: cuda
        ? [{ name: 'NVIDIA L4', driver: '550', memory_bytes: 24 * 2 ** 30, compute_capability: '8.9' }]
        : [],
      problem: cuda ? null : 'nvidia-smi not found',
    },
    trtexec: {
      found: false,
      path: null,
      version: null,
      problem: 'trtexec was not found',
      hint: 'use a container',
    },
    sharp: null,
  };
}

function judged(name: string, given: Facts): string {
  const { state, detail } = judgeCapabilities(given).find((one) => one.name === name)!;
  return `${state}: ${detail}`;
}

describe('INT8 kernels', () => {
  it.each([
    ['x64', ['avx2', 'avx512f', 'avx512bw', 'avx512_vnni'], 'yes: AVX512-VNNI'],
    ['x64', ['avx2', 'avx_vnni'], 'yes: AVX-VNNI'],
    ['x64', ['avx2', 'avx512f', 'avx512bw'], 'limited: AVX512 without VNNI'],
    ['x64', ['avx2'], 'limited: AVX2 without VNNI'],
    ['x64', ['sse4_1'], 'limited: no AVX2'],
    ['arm64', ['asimd', 'asimddp', 'i8mm'], 'yes: I8MM'],
    ['arm64', ['asimd', 'asimddp'], 'yes: NEON dot product'],
    ['arm64', ['asimd'], 'limited: NEON without'],
    ['x64', null, 'unknown'],
  ])('%s with %j', (arch, instructions, expected) => {
    expect(judged('INT8 kernels', facts(arch, instructions))).toContain(expected);
  });
});

describe('what is not there', () => {
  it('is said, with what would help', () => {
    const none = facts('x64', ['avx2']);
    expect(judged('TensorRT', none)).toBe('no: trtexec was not found; use a container');
    expect(judged('GPU', none)).toBe('no: nvidia-smi not found');
    expect(judged('Image files', none)).toContain('npm install sharp');
  });

  it('a container that may use less than its cores is told so', () => {
    const limited = facts('x64', ['avx2']);
    const environment = { ...limited.environment, cpu: { ...limited.environment.cpu, quota: 1.5 } };
    expect(judged('Inference', { ...limited, environment })).toContain(
      '8 cores, of which the container may use 1.5',
    );
  });

  it('a GPU with and without the libraries of the runtime', () => {
    expect(judged('GPU', facts('x64', [], true))).toContain('yes: NVIDIA L4, 24 GiB');
  });
});
