import { execa } from 'execa';

/** An NVIDIA GPU as `nvidia-smi` tells it. */
export interface Gpu {
  readonly name: string;
  readonly driver: string;
  readonly memory_bytes: number;
  /** Such as "9.0"; null where the driver is too old to say. */
  readonly compute_capability: string | null;
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
  const result = await execa('nvidia-smi', [query, '--format=csv,noheader,nounits'], {
    reject: false,
    timeout,
    all: true,
    stdin: 'ignore',
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  signal?.throwIfAborted();
  if (result.failed && (result.code === 'ENOENT' || result.code === 'EACCES'))
    return { gpus: [], problem: 'nvidia-smi not found' };
  if (result.timedOut) return { gpus: [], problem: `nvidia-smi failed: no answer in ${timeout / 1000} s` };
  if (result.failed) {
    const firstLine = result.all.split('\n').find((line) => line.trim() !== '');
    return { gpus: [], problem: `nvidia-smi failed: ${firstLine?.trim() ?? String(result.shortMessage)}` };
  }
  const gpus = gpusFromCsv(result.all);
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
