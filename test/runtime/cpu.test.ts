import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import {
  instructionsFromCpuinfo,
  instructionsFromSysctl,
  quotaFromCgroup,
  readCpu,
} from '../../src/runtime/cpu.js';

describe('instruction sets', () => {
  it('of an x86 server', () => {
    const text =
      'processor\t: 0\nflags\t\t: fpu sse4_1 avx f16c fma avx2 avx512f avx512bw avx512vl avx512_vnni\nbugs\t: x\n';
    expect(instructionsFromCpuinfo(text)?.at(-1)).toBe('avx512_vnni');
  });

  it('does not take a longer name for a shorter one', () => {
    expect(instructionsFromCpuinfo('flags : avx512_vnni_next avx2x')).toEqual([]);
  });

  it('of an arm64 server', () => {
    const text = 'processor\t: 0\nFeatures\t: fp asimd evtstrm aes asimdhp asimddp i8mm bf16 sve\n';
    expect(instructionsFromCpuinfo(text)).toEqual(['asimd', 'asimdhp', 'asimddp', 'i8mm', 'bf16', 'sve']);
  });

  it('of a Mac', () => {
    const text = 'hw.optional.AdvSIMD: 1\nhw.optional.arm.FEAT_DotProd: 1\nhw.optional.arm.FEAT_I8MM: 0\n';
    expect(instructionsFromSysctl(text)).toEqual(['asimd', 'asimddp']);
  });

  it('unknown where nothing is told', () => {
    expect(instructionsFromCpuinfo('')).toBeNull();
    expect(instructionsFromSysctl('')).toBeNull();
  });
});

describe('the processor of this machine', () => {
  it('reads a quota of the container', () => {
    expect(quotaFromCgroup('150000 100000\n')).toBe(1.5);
    expect(quotaFromCgroup('max 100000\n')).toBeNull();
    expect(quotaFromCgroup('')).toBeNull();
  });

  it('has a name and cores', async () => {
    const cpu = await readCpu();
    expect(cpu.model).not.toBe('');
    expect(cpu.cores).toBe(availableParallelism());
  });
});
