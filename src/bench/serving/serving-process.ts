import { InferOptError } from '../../errors.js';
import { ModelProcess } from '../../runtime/process/model-process.js';
import { joinFeeds, type Feeds } from './feeds.js';

export interface ServingOptions {
  readonly path: string;
  readonly instances: number;
  /** Threads of each instance. */
  readonly threads: number;
  /** Sizes of the batches that will be run. */
  readonly batches: readonly number[];
  /** Requests of batch 1 and equal shapes, used in turn. */
  readonly requests: readonly Feeds[];
  /** Session options on top of the defaults. */
  readonly session?: Readonly<Record<string, unknown>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A batch of each size is kept in the child, so that a run costs a message and not a copy; this many bytes of them. */
const mostBytes = 512 * 2 ** 20;

/**
 * Copies of one model, each in a process of its own, that run batches on demand. What a caller waits for is the run
 * and the two messages around it, as with a server.
 */
export class ServingPool {
  readonly processes: readonly ModelProcess[];
  readonly #places: ReadonlyMap<number, number>;

  private constructor(processes: readonly ModelProcess[], batches: readonly number[]) {
    this.processes = processes;
    this.#places = new Map(batches.map((batch, index) => [batch, index]));
  }

  /** Starts the processes and runs each size once, so that nothing is cold. Whoever starts a pool closes it. */
  static async start(options: ServingOptions): Promise<ServingPool> {
    const { requests, batches } = options;
    const bytes = batches.reduce((sum, batch) => sum + batch * bytesOf(requests[0]!), 0);
    if (bytes > mostBytes) {
      throw new InferOptError(
        'usage',
        `batches up to ${Math.max(...batches)} of these inputs take ${Math.round(bytes / 2 ** 20)} MiB`,
        {
          hint: 'give fewer or smaller sizes with --batch',
        },
      );
    }
    const samples = batches.map((batch) =>
      joinFeeds(Array.from({ length: batch }, (_, index) => requests[index % requests.length]!)),
    );
    const processes: ModelProcess[] = [];
    try {
      for (let instance = 0; instance < options.instances; instance++) {
        const { threads } = options;
        const signal = options.signal === undefined ? {} : { signal: options.signal };
        const session = options.session === undefined ? {} : { session: options.session };
        const process = await ModelProcess.start(options.path, { threads, ...signal, ...session });
        processes.push(process);
        await process.setSamples(samples);
        for (let place = 0; place < batches.length; place++) await process.timeBlock(1, place);
      }
    } catch (thrown) {
      await Promise.all(processes.map((process) => process.close()));
      throw thrown;
    }
    return new ServingPool(processes, batches);
  }

  /** Runs a batch of that size in one instance; resolves when the answer is there, which is always true. */
  async run(instance: number, batch: number): Promise<boolean> {
    const place = this.#places.get(batch);
    if (place === undefined) throw new InferOptError('internal', `no batch of ${batch} was prepared`);
    await this.processes[instance]!.timeBlock(1, place);
    return true;
  }

  /** The most memory that any of the processes had resident, in bytes. */
  async peakMemory(): Promise<number> {
    const all = await Promise.all(this.processes.map((process) => process.memory()));
    return Math.max(...all.map(({ peakRss }) => peakRss));
  }

  async close(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.close()));
  }
}

function bytesOf(feeds: Feeds): number {
  return [...feeds.values()].reduce((sum, tensor) => sum + tensor.byteLength, 0);
}
