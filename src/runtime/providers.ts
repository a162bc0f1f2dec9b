import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { loadBinding } from './binding.js';

/** A way the runtime can compute: the CPU, a GPU by one interface or another. */
export interface Provider {
  readonly name: string;
  /** Its libraries are on this machine; whether a fitting device and driver are is another question. */
  readonly installed: boolean;
}

export interface RuntimeDescription {
  readonly version: string;
  readonly providers: readonly Provider[];
}

/**
 * The version of onnxruntime and the execution providers that this build knows.
 *
 * @throws InferOptError `environment` when onnxruntime-node is not installed or does not load
 */
export async function describeRuntime(): Promise<RuntimeDescription> {
  const { version } = await loadBinding();
  const { listSupportedBackends } = await import('onnxruntime-node');
  return {
    version,
    providers: listSupportedBackends().map(({ name, bundled }) => ({
      name,
      installed: bundled || hasProviderLibrary(name),
    })),
  };
}

/** Providers that are not bundled (CUDA, TensorRT) are libraries that the package's install script fetches. */
function hasProviderLibrary(provider: string): boolean {
  const packageFolder = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  const binaries = join(packageFolder, 'bin');
  if (!existsSync(binaries)) return false;
  return readdirSync(binaries).some((api) => {
    const folder = join(binaries, api, process.platform, process.arch);
    return existsSync(folder) && readdirSync(folder).some((file) => file.includes(`providers_${provider}.`));
  });
}
