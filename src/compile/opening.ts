import path from 'node:path';
import { InferOptError } from '../errors.js';
import type { ModelProcessOptions } from '../runtime/process/model-process.js';
import { hashFile } from './hash.js';
import { readManifest, type Manifest } from './manifest.js';
import { savedSession } from './onnxruntime/saved-session.js';
import { EngineProcess } from './tensorrt/engine-process.js';

/** How an artifact of `compile` is opened: in the runtime with other options, or in another tool. */
export interface ArtifactOpening {
  readonly session?: Readonly<Record<string, unknown>>;
  readonly open?: (options: ModelProcessOptions) => Promise<EngineProcess>;
}

/**
 * What the manifest beside an artifact says about opening it; undefined for a plain model, and for a file that is not
 * the one that its manifest is about. Throws `usage` for an engine without its manifest: nothing else tells its inputs.
 */
export async function openingOf(file: string): Promise<ArtifactOpening | undefined> {
  const manifest = await readManifest(file);
  if (manifest !== undefined && (await isAbout(manifest, file))) {
    const { report } = manifest;
    if (report.target === 'onnxruntime') return { session: savedSession(report.format) };
    return { open: (options) => EngineProcess.open(file, manifest, options) };
  }
  if (/\.ort$/i.test(file)) return { session: savedSession('ort') };
  if (!/\.(engine|plan|trt)$/i.test(file)) return undefined;
  throw new InferOptError(
    'usage',
    manifest === undefined
      ? `${file}: there is no ${file}.json, which tells what the engine takes and gives`
      : `${file}.json is about another engine than this ${file}`,
    { hint: 'compile it with infer-opt compile --target tensorrt, which writes both' },
  );
}

/** Companions are looked for beside the file: both may have been moved since. */
async function isAbout({ output, companions }: Manifest, file: string): Promise<boolean> {
  const beside = companions.map((companion) => path.join(path.dirname(file), path.basename(companion)));
  try {
    return (await hashFile(file, beside)).sha256 === output.sha256;
  } catch {
    // A companion is gone: whatever this file is, it is not the whole artifact.
    return false;
  }
}
