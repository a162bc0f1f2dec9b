import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { execa } from 'execa';

/** The processor, as far as the system tells. */
export interface Cpu {
  readonly model: string;
  /** Cores that this process may run on; a quota (containers) is in `quota`. */
  readonly cores: number;
  /** Cores' worth of time that the container is given, or null without a limit. */
  readonly quota: number | null;
  /** Instruction sets that matter to inference, by their Linux names; null where the system does not tell. */
  readonly instructions: readonly string[] | null;
}

/** What matters to the kernels, by the names of /proc/cpuinfo, weakest first. */
const relevant: readonly string[] = [
  // x86-64
  'sse4_1',
  'avx',
  'f16c',
  'fma',
  'avx2',
  'avx512f',
  'avx512bw',
  'avx512vl',
  'avx_vnni',
  'avx_vnni_int8',
  'avx512_vnni',
  'avx512_bf16',
  'avx512_fp16',
  'amx_tile',
  'amx_int8',
  'amx_bf16',
  // arm64
  'asimd',
  'asimdhp',
  'asimddp',
  'i8mm',
  'bf16',
  'sve',
  'sve2',
  'sme',
];

/** macOS: keys of `sysctl` and the Linux name of what they tell. */
const macNames: Readonly<Record<string, string>> = {
  'hw.optional.AdvSIMD': 'asimd',
  'hw.optional.arm.AdvSIMD': 'asimd',
  'hw.optional.arm.FEAT_FP16': 'asimdhp',
  'hw.optional.arm.FEAT_DotProd': 'asimddp',
  'hw.optional.arm.FEAT_I8MM': 'i8mm',
  'hw.optional.arm.FEAT_BF16': 'bf16',
  'hw.optional.arm.FEAT_SME': 'sme',
  'hw.optional.sse4_1': 'sse4_1',
  'hw.optional.avx1_0': 'avx',
  'hw.optional.f16c': 'f16c',
  'hw.optional.fma': 'fma',
  'hw.optional.avx2_0': 'avx2',
  'hw.optional.avx512f': 'avx512f',
  'hw.optional.avx512bw': 'avx512bw',
  'hw.optional.avx512vl': 'avx512vl',
};

/** Instruction sets from the text of /proc/cpuinfo ("flags" on x86-64, "Features" on arm64). */
export function instructionsFromCpuinfo(text: string): readonly string[] | null {
  const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(text)?.[1];
  if (line === undefined) return null;
  const present = new Set(line.trim().split(/\s+/));
  return relevant.filter((name) => present.has(name));
}

/** Instruction sets from the output of `sysctl hw.optional`. */
export function instructionsFromSysctl(text: string): readonly string[] | null {
  const present = new Set<string>();
  for (const match of text.matchAll(/^([\w.]+):\s*1\s*$/gm)) {
    const name = macNames[match[1]!];
    if (name !== undefined) present.add(name);
  }
  return present.size === 0 ? null : relevant.filter((name) => present.has(name));
}

/** Cores' worth of time from cgroup v2's cpu.max ("200000 100000", or "max 100000" without a limit). */
export function quotaFromCgroup(text: string): number | null {
  const match = /^(\d+)\s+(\d+)/.exec(text.trim());
  return match === null ? null : Number(match[1]) / Number(match[2]);
}

/** Looks at the processor of this machine. */
export async function readCpu(): Promise<Cpu> {
  return {
    model: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    quota: quotaFromCgroup(await textOf('/sys/fs/cgroup/cpu.max')),
    instructions: await readInstructions(),
  };
}

async function readInstructions(): Promise<readonly string[] | null> {
  if (process.platform === 'linux') return instructionsFromCpuinfo(await textOf('/proc/cpuinfo'));
  if (process.platform === 'darwin') {
    const { stdout } = await execa('sysctl', ['hw.optional'], { reject: false, timeout: 2000 });
    return instructionsFromSysctl(stdout);
  }
  return null;
}

/** The text of a file of the system, empty where it is not there: not every system has them. */
async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
