import { resolve } from 'node:path';
import type { DType } from '../../tensor/dtype.js';
import type { Tensor } from '../../tensor/tensor.js';
import { compiledFile } from './child-file.js';
import { Channel } from './channel.js';
import type { LoadReply, MemoryReply, WireFeeds, WireValue } from './protocol.js';
import { dtypeNamed, feedsToWire, outputsFromWire } from './wire.js';

export interface ModelProcessOptions {
  /** Threads inside an operator. */
  readonly threads: number;
  /** How long one request may take, loading included; 120,000 ms unless said otherwise. The process is killed after it. */
  readonly timeoutMs?: number;
  /** Kills the process when aborted; what is under way rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Session options of onnxruntime-node on top of the defaults. */
  readonly session?: Readonly<Record<string, unknown>>;
}

/** A tensor input or output of a model in a process. A free dim is its symbol. */
export interface ValueSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly dims: readonly (number | string)[];
}

const defaultTimeoutMs = 120_000;

/**
 * One model file in a child process of its own: a crash or a leak there is that model's result and nobody else's.
 * Requests are answered in order. Whoever starts one closes it.
 */
export class ModelProcess {
  readonly path: string;
  readonly inputs: readonly ValueSpec[];
  /** The outputs that can be fetched: maps and sequences are left out. */
  readonly outputs: readonly ValueSpec[];
  /** Time to open the model in the child, without the start of the process. */
  readonly loadMs: number;
  readonly #channel: Channel;

  private constructor(path: string, channel: Channel, loaded: LoadReply) {
    this.path = path;
    this.#channel = channel;
    this.inputs = tensorsOf(loaded.inputs);
    this.outputs = tensorsOf(loaded.outputs);
    this.loadMs = loaded.loadMs;
  }

  /** Starts a process and opens the model in it. Throws ModelProcessError when the model cannot be opened. */
  static async start(path: string, options: ModelProcessOptions): Promise<ModelProcess> {
    const channel = new Channel(compiledFile('child.js', import.meta.url), {
      label: path,
      timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
      signal: options.signal,
    });
    try {
      const loaded = (await channel.ask({
        type: 'load',
        path: resolve(path),
        threads: options.threads,
        session: options.session ?? {},
      })) as LoadReply;
      return new ModelProcess(path, channel, loaded);
    } catch (thrown) {
      await channel.close();
      throw thrown;
    }
  }

  /** Number of the child process. */
  get pid(): number {
    return this.#channel.pid;
  }

  /** One run. Throws ModelProcessError when the runtime refuses or the process dies. */
  async run(feeds: ReadonlyMap<string, Tensor>): Promise<Map<string, Tensor>> {
    return outputsFromWire(
      (await this.#channel.ask({ type: 'run', feeds: feedsToWire(feeds) })) as WireFeeds,
    );
  }

  /** Replaces the samples that the child keeps for timing. */
  async setSamples(samples: readonly ReadonlyMap<string, Tensor>[]): Promise<void> {
    await this.#channel.ask({ type: 'clear-samples' });
    // One message each: a message with all of them would hold everything twice.
    for (const feeds of samples) await this.#channel.ask({ type: 'add-sample', feeds: feedsToWire(feeds) });
  }

  /**
   * Milliseconds of each of `count` runs, one right after the other or `concurrency` at a time, on the samples in turn from number `start` on.
   * Measured in the child around the run alone.
   */
  async timeBlock(count: number, start: number, concurrency = 1): Promise<Float64Array> {
    const request = { type: 'time-block', count, start, concurrency } as const;
    return Float64Array.from((await this.#channel.ask(request)) as Float64Array);
  }

  /** The same process, timed with so many requests in flight at a time. */
  concurrently(concurrency: number): { timeBlock(count: number, start: number): Promise<Float64Array> } {
    return { timeBlock: (count, start) => this.timeBlock(count, start, concurrency) };
  }

  /** With `collect` without what only waits to be collected, which takes a few milliseconds. */
  async memory(collect = false): Promise<MemoryReply> {
    return (await this.#channel.ask({ type: 'memory', collect })) as MemoryReply;
  }

  /** Ends the process. May be called twice. */
  async close(): Promise<void> {
    await this.#channel.close();
  }
}

function tensorsOf(values: readonly WireValue[]): ValueSpec[] {
  return values.flatMap(({ name, dtype, dims }) =>
    dtype === undefined ? [] : [{ name, dtype: dtypeNamed(dtype), dims }],
  );
}
