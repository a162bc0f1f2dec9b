import { execa } from 'execa';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from '../../scripts/setup.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const command = fileURLToPath(new URL('../../bin/infer-opt.js', import.meta.url));

/** Call it in `beforeAll`: these tests run what is built, as a user does. Type errors are another check's. */
export function build(): void {
  ensureBuilt({ acceptErrors: true });
}

export interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in a process of its own, with nothing of our environment that changes output. */
export async function inferOpt(
  words: readonly string[],
  options: { env?: Readonly<Record<string, string>>; cwd?: string } = {},
): Promise<Ended> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [command, ...words], {
    reject: false,
    extendEnv: false,
    cwd: options.cwd ?? root,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...options.env },
  });
  return { exitCode, stdout, stderr };
}
