import { InferOptError } from '../../errors.js';
import { readCpu } from '../../runtime/cpu.js';
import { arm64 } from './arm64.js';
import { targets } from './list.js';
import type { Target } from './target.js';
import { x86, x86Avx2 } from './x86.js';

export interface ChosenTarget {
  readonly target: Target;
  /** True when artifacts for it can be measured here. */
  readonly isThisMachine: boolean;
}

/**
 * The target of that name, or for `auto` the one that this machine is. Throws `usage` for an unknown name,
 * `environment` when this machine is none that `auto` knows.
 */
export async function chooseTarget(name: string): Promise<ChosenTarget> {
  const { instructions } = await readCpu();
  const x64 = hasVnni(instructions) ? x86 : x86Avx2;
  const here = process.arch === 'x64' ? x64 : process.arch === 'arm64' ? arm64 : undefined;
  if (name === 'auto') {
    if (here !== undefined) return { target: here, isThisMachine: true };
    throw new InferOptError('environment', `there is no target for this machine (${process.arch}) yet`, {
      hint: 'name the machine that the artifact is for: --target x86',
    });
  }
  const target = targets.find((candidate) => candidate.name === name);
  if (target === undefined) {
    throw new InferOptError('usage', `there is no target ${JSON.stringify(name)}`, {
      hint: `choose auto or one of ${targets.map((one) => one.name).join(', ')}`,
    });
  }
  return { target, isThisMachine: target === here };
}

/** The instruction that multiplies bytes and sums in 32 bits. */
function hasVnni(instructions: readonly string[] | null): boolean {
  return instructions?.some((name) => /^avx(512)?_vnni/.test(name)) ?? false;
}
