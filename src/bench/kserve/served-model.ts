import { InferOptError } from '../../errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { ValueSpec } from '../../runtime/process/model-process.js';
import type { OpenArtifact } from '../opening.js';
import type { Timed } from '../timed.js';
import type { Encoding, KserveClient, ModelMetadata, PreparedRequest, TensorMetadata } from './client.js';
import { dtypeOf } from './datatype.js';
import { GrpcClient } from './grpc-client.js';
import { HttpClient } from './http-client.js';
import { ServerError } from './server-error.js';

export type Protocol = 'http' | 'grpc';

/** Where a model is served. */
export interface ServerAddress {
  readonly url: URL;
  readonly protocol: Protocol;
  readonly model: string;
}

/** What the model is called in results. */
export function labelOf({ url, protocol, model }: ServerAddress): string {
  return protocol === 'http'
    ? `${url.origin}${url.pathname.replace(/\/$/, '')}/v2/models/${model}`
    : `grpc://${url.host}/${model}`;
}

export interface ConnectOptions {
  /** For one request; 30,000 ms unless said otherwise. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const defaultTimeoutMs = 30_000;

/** A model behind a server, measured as a client sees it: from the first byte sent to the last one received. */
export class ServedModel implements OpenArtifact {
  readonly metadata: ModelMetadata;
  readonly inputs: readonly ValueSpec[];
  readonly outputs: readonly ValueSpec[];
  /** The server has loaded it long ago. */
  readonly loadMs = null;
  readonly timeoutMs: number;
  readonly #client: KserveClient;
  #encoding: Encoding | undefined;
  #prepared: PreparedRequest[] = [];
  #next = 0;

  private constructor(client: KserveClient, metadata: ModelMetadata, timeoutMs: number) {
    this.#client = client;
    this.metadata = metadata;
    this.timeoutMs = timeoutMs;
    this.inputs = valuesOf(metadata.inputs, client.label);
    this.outputs = valuesOf(metadata.outputs, client.label);
  }

  /** Throws ServerError when the server or the model is not there, not ready, or speaks something else. */
  static async connect(server: ServerAddress, options: ConnectOptions): Promise<ServedModel> {
    const { url, protocol, model } = server;
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    const clientOptions = { url, model, label: labelOf(server), timeoutMs, signal: options.signal };
    const client = protocol === 'http' ? new HttpClient(clientOptions) : new GrpcClient(clientOptions);
    try {
      await client.checkReady();
      return new ServedModel(client, await client.metadata(), timeoutMs);
    } catch (thrown) {
      client.close();
      throw thrown;
    }
  }

  /** How tensors travel; undefined until the first request was answered. */
  get encoding(): Encoding | undefined {
    return this.#encoding;
  }

  async run(feeds: ReadonlyMap<string, Tensor>): Promise<Map<string, Tensor>> {
    if (this.#encoding !== undefined) return this.#ask(feeds, this.#encoding);
    try {
      const outputs = await this.#ask(feeds, 'binary');
      this.#encoding = 'binary';
      return outputs;
    } catch (thrown) {
      if (!(thrown instanceof ServerError) || thrown.failure !== 'error') throw thrown;
      // Binary tensors are an extension, and not every server has it.
      const outputs = await this.#ask(feeds, 'json');
      this.#encoding = 'json';
      return outputs;
    }
  }

  /** Writes the requests to time with. */
  async setSamples(samples: readonly ReadonlyMap<string, Tensor>[]): Promise<void> {
    const [first] = samples;
    if (first === undefined) throw new InferOptError('internal', 'there are no samples to time with');
    if (this.#encoding === undefined) await this.run(first);
    this.#prepared = samples.map((feeds) => this.#client.prepare(feeds, this.#encoding ?? 'binary'));
  }

  /** Closed loop: so many clients, each with one request in flight at a time. */
  concurrently(concurrency: number): Timed {
    return {
      timeBlock: async (count, start) => {
        const times = new Float64Array(count);
        let next = 0;
        const client = async (): Promise<void> => {
          for (let i = next++; i < count; i = next++) times[i] = await this.#time(start + i);
        };
        await Promise.all(Array.from({ length: Math.min(concurrency, count) }, client));
        return times;
      },
    };
  }

  /** Open loop: the next request, whatever others are in flight. False when the server refused it. */
  async sendNext(): Promise<boolean> {
    try {
      await this.#time(this.#next++);
      return true;
    } catch (thrown) {
      if (thrown instanceof ServerError && thrown.failure === 'refused') return false;
      throw thrown;
    }
  }

  /** What a process on another machine takes cannot be seen. */
  memory(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  close(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }

  async #ask(feeds: ReadonlyMap<string, Tensor>, encoding: Encoding): Promise<Map<string, Tensor>> {
    return (await this.#client.send(this.#client.prepare(feeds, encoding))).decode();
  }

  async #time(index: number): Promise<number> {
    const request = this.#prepared[index % this.#prepared.length]!;
    const start = performance.now();
    await this.#client.send(request);
    return performance.now() - start;
  }
}

function valuesOf(tensors: readonly TensorMetadata[], label: string): ValueSpec[] {
  if (tensors.length === 0)
    throw new ServerError('protocol', `${label}: its metadata name no inputs or no outputs`);
  return tensors.map(({ name, datatype, shape }) => {
    const dtype = dtypeOf(datatype);
    if (dtype === undefined)
      throw new ServerError('protocol', `${label}: "${name}" has a type ${datatype} that nobody knows`);
    return { name, dtype, dims: shape.map((length) => (length < 0 ? '' : length)) };
  });
}
