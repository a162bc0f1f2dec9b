import { arch, release, totalmem, type } from 'node:os';
import { describeRuntime, type Provider } from '../runtime/providers.js';
import { readCpu, type Cpu } from '../runtime/cpu.js';

/** What a measurement was made on: figures from two environments that differ are not compared. */
export interface Environment {
  readonly cpu: Cpu;
  /** Bytes of memory that this process may use: the machine's, or its container's where that is less. */
  readonly memory_bytes: number;
  readonly os: { readonly name: string; readonly release: string; readonly arch: string };
  readonly node: string;
  readonly onnxruntime: string;
  readonly providers: readonly Provider[];
}

/**
 * Describes this machine and its runtime.
 *
 * @throws InferOptError `environment` when onnxruntime-node is not installed or does not load
 */
export async function readEnvironment(): Promise<Environment> {
  const [cpu, runtime] = await Promise.all([readCpu(), describeRuntime()]);
  const constrained = process.constrainedMemory();
  return {
    cpu,
    // 0, or a number beyond any machine, stands for "no limit".
    memory_bytes: constrained > 0 ? Math.min(constrained, totalmem()) : totalmem(),
    os: { name: type(), release: release(), arch: arch() },
    node: process.versions.node,
    onnxruntime: runtime.version,
    providers: runtime.providers,
  };
}
