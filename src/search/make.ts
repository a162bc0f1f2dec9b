import type { Cache } from './cache/cache.js';
import { keyOf } from './cache/key.js';
import { modelFile } from './file-sum.js';
import { transformNamed } from './transforms/named.js';
import type { Settings, TransformJob } from './transforms/transform.js';

export interface MakeContext {
  readonly cache: Cache | undefined;
  /** Versions of the tool and the runtime, and what else decides which bytes come out. */
  readonly versionKey: unknown;
  readonly dataKey: unknown;
}

export interface Made {
  readonly sha256: string;
  readonly warnings: readonly string[];
  /** The result object of the command; null where it came from the cache. */
  readonly result: object | null;
  readonly cached: boolean;
}

/** Applies one transform, or takes what it made of the same bytes before. */
export async function make(
  name: string,
  settings: Settings,
  job: TransformJob,
  inputSha256: string,
  context: MakeContext,
): Promise<Made> {
  const transform = transformNamed(name);
  const key = keyOf({
    kind: 'artifact',
    transform: name,
    settings,
    input: inputSha256,
    versions: context.versionKey,
    data: context.dataKey,
    threads: job.threads,
  });
  const found = await context.cache?.restore(key, job.output);
  if (found !== undefined) {
    const warnings = Array.isArray(found.facts) ? found.facts.map(String) : [];
    return { sha256: (await modelFile(job.output)).sha256, warnings, result: null, cached: true };
  }
  const { warnings, result } = await transform.apply(settings, job);
  await context.cache?.keep(key, job.output, warnings);
  return { sha256: (await modelFile(job.output)).sha256, warnings, result, cached: false };
}
