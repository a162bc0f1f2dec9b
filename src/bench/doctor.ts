import { thisTool, type Tool } from '../tool.js';
import { readTrtexec, type Program } from '../compile/tensorrt/probe.js';
import { readGpus, type Gpus } from '../runtime/gpus.js';
import { judgeCapabilities, type Capability } from './capabilities.js';
import { readEnvironment, type Environment } from './environment.js';

/** What `doctor` found. */
export interface Diagnosis {
  readonly schema: 'infer-opt/doctor@1';
  readonly tool: Tool;
  readonly environment: Environment;
  readonly gpus: Gpus;
  readonly trtexec: Program;
  /** Version of the optional package that decodes images, or null. */
  readonly sharp: string | null;
  readonly capabilities: readonly Capability[];
}

/**
 * Looks at this machine: runtime, instruction sets, GPUs, programs that other commands need.
 *
 * @throws InferOptError `environment` when onnxruntime-node is not installed or does not load
 */
export async function diagnose(options: { signal?: AbortSignal } = {}): Promise<Diagnosis> {
  const [environment, gpus, trtexec, sharp] = await Promise.all([
    readEnvironment(),
    readGpus(options.signal),
    readTrtexec(options.signal),
    sharpVersion(),
  ]);
  const facts = { environment, gpus, trtexec, sharp };
  return { schema: 'infer-opt/doctor@1', tool: thisTool(), ...facts, capabilities: judgeCapabilities(facts) };
}

async function sharpVersion(): Promise<string | null> {
  try {
    const { default: sharp } = await import('sharp');
    return sharp.versions.sharp;
  } catch {
    // Not installed, or without binaries for this platform: either way images cannot be decoded.
    return null;
  }
}
