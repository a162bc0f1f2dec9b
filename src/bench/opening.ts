import type { Tensor } from '../tensor/tensor.js';
import type { ModelProcessOptions, ValueSpec } from '../runtime/process/model-process.js';
import type { Timed } from './timed.js';

/** What a bench asks of an artifact that is open: a model in a process of the runtime, or an engine behind its own tool. */
export interface OpenArtifact {
  readonly inputs: readonly ValueSpec[];
  readonly outputs: readonly ValueSpec[];
  /** Null where the tool does not tell. */
  readonly loadMs: number | null;
  run(feeds: ReadonlyMap<string, Tensor>): Promise<ReadonlyMap<string, Tensor>>;
  /** Replaces the samples that are timed. */
  setSamples(samples: readonly ReadonlyMap<string, Tensor>[]): Promise<void>;
  /** The same artifact, timed with so many requests in flight at a time. */
  concurrently(concurrency: number): Timed;
  /** Undefined where its memory is not ours to see; with `collect` without what only waits to be collected. */
  memory(collect?: boolean): Promise<{ readonly rss: number; readonly peakRss: number } | undefined>;
  close(): Promise<void>;
}

/** How an artifact wants to be opened, where that is not as a plain model with everything at its default. */
export interface Opening {
  /** Session options of the runtime. */
  readonly session?: Readonly<Record<string, unknown>>;
  /** Opens it in another tool than the runtime. Such an artifact takes one request at a time. */
  readonly open?: (options: ModelProcessOptions) => Promise<OpenArtifact>;
}
