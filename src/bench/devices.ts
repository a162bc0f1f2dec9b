import { execa } from 'execa';

/** An NVIDIA GPU as `nvidia-smi` tells it. */
export interface Gpu {
  readonly name: string;
  readonly driver: string;
  readonly memory_bytes: number;
  /** Such as "9.0"; null where the driver is too old to say. */
  readonly compute_capability: string | null;
}

/** A program on the PATH. */
export interface Program {
  readonly found: boolean;
  /** Null when it was not found, or did not say. */
  readonly version: string | null;
  /** Why it does not work, in one line. */
  readonly problem: string | null;
}

/** GPUs, or why none can be seen. */
export interface Gpus {
  readonly gpus: readonly Gpu[];
  readonly problem: string | null;
}

const timeout = 10_000;

/** Asks `nvidia-smi` for the GPUs. */
export async function readGpus(signal?: AbortSignal): Promise<Gpus> {
  const query = '--query-gpu=name,driver_version,memory.total,compute_cap';
  const result = await ask('nvidia-smi', [query, '--format=csv,noheader,nounits'], signal);
  if (!result.found) return { gpus: [], problem: 'nvidia-smi not found' };
  if (result.failure !== null) return { gpus: [], problem: `nvidia-smi failed: ${result.failure}` };
  const gpus = gpusFromCsv(result.output);
  return { gpus, problem: gpus.length === 0 ? 'nvidia-smi lists no GPU' : null };
}

/** Lines such as "NVIDIA L4, 550.54.15, 23034, 8.9" (memory in MiB). */
export function gpusFromCsv(text: string): readonly Gpu[] {
  const gpus: Gpu[] = [];
  for (const line of text.split('\n')) {
    const [name, driver, memory, capability] = line.split(',').map((cell) => cell.trim());
    if (name === undefined || driver === undefined || memory === undefined) continue;
    gpus.push({
      name,
      driver,
      memory_bytes: Number(memory) * 2 ** 20,
      compute_capability: capability !== undefined && /^\d+\.\d+$/.test(capability) ? capability : null,
    });
  }
  return gpus;
}

/** Asks `trtexec` for its version: its first line names it, whatever else it is asked. */
export async function readTrtexec(signal?: AbortSignal): Promise<Program> {
  const result = await ask('trtexec', ['--help'], signal);
  if (!result.found) return { found: false, version: null, problem: 'trtexec not found' };
  const version = tensorRtVersion(result.output);
  // Some versions end with a failure after printing their help: the banner is what counts.
  const problem = version !== null ? null : (result.failure ?? 'it did not tell its version');
  return { found: true, version, problem: problem === null ? null : `trtexec does not work: ${problem}` };
}

/**
 * The version in trtexec's banner: "[TensorRT v8601]" is 8.6.1, "[TensorRT v100300]" is 10.3.0 (two digits
 * a part since version 10).
 */
export function tensorRtVersion(text: string): string | null {
  const digits = /\[TensorRT v(\d+)\]/.exec(text)?.[1];
  if (digits === undefined) return null;
  const value = Number(digits);
  const base = value >= 100_000 ? 100 : 10;
  const minorAndPatch = base === 100 ? value % 10_000 : value % 1000;
  const major = base === 100 ? Math.floor(value / 10_000) : Math.floor(value / 1000);
  const minor = Math.floor(minorAndPatch / 100);
  return [major, minor, minorAndPatch % 100].map(String).join('.');
}

interface Answer {
  readonly found: boolean;
  readonly output: string;
  /** One line, or null when it ended well. */
  readonly failure: string | null;
}

async function ask(program: string, words: readonly string[], signal?: AbortSignal): Promise<Answer> {
  const result = await execa(program, words, {
    reject: false,
    timeout,
    all: true,
    stdin: 'ignore',
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  signal?.throwIfAborted();
  if (result.failed && (result.code === 'ENOENT' || result.code === 'EACCES')) {
    return { found: false, output: '', failure: null };
  }
  if (result.timedOut)
    return { found: true, output: result.all, failure: `no answer in ${String(timeout / 1000)} s` };
  const firstLine = result.all.split('\n').find((line) => line.trim() !== '');
  const failure = result.failed ? (firstLine?.trim() ?? String(result.shortMessage)) : null;
  return { found: true, output: result.all, failure };
}
