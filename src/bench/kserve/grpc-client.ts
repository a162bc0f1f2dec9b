import { z } from 'zod';
import { dtypeKind, type DType } from '../../tensor/dtype.js';
import { Tensor } from '../../tensor/tensor.js';
import type { Answer, ClientOptions, KserveClient, ModelMetadata, PreparedRequest } from './client.js';
import { datatypeOf, dtypeOf, rawOf, tensorFromRaw } from './datatype.js';
import { framed, GrpcChannel } from './grpc-channel.js';
import { decodeMessage, encodeMessage } from './grpc-messages.js';
import { ServerError } from './server-error.js';

const service = '/inference.GRPCInferenceService';

const tensor = z.object({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.coerce.number().int()),
});
const metadataSchema = z.object({
  name: z.string(),
  versions: z.array(z.string()),
  platform: z.string(),
  inputs: z.array(tensor),
  outputs: z.array(tensor),
});
const contents = z.record(z.string(), z.array(z.unknown()));
const answerSchema = z.object({
  outputs: z.array(tensor.extend({ contents: contents.nullish() })),
  rawOutputContents: z.array(z.instanceof(Uint8Array)),
});

/** The gRPC transport of the KServe v2 protocol; tensors travel as raw bytes. */
export class GrpcClient implements KserveClient {
  readonly label: string;
  readonly #channel: GrpcChannel;
  readonly #model: string;

  constructor(options: ClientOptions) {
    this.label = options.label;
    this.#model = options.model;
    this.#channel = new GrpcChannel(options);
  }

  async checkReady(): Promise<void> {
    const ready = z.object({ ready: z.boolean() });
    if (!ready.parse(await this.#ask('ServerReady', {})).ready) throw this.#notReady('the server');
    if (!ready.parse(await this.#ask('ModelReady', { name: this.#model })).ready)
      throw this.#notReady(`the model "${this.#model}"`);
  }

  async metadata(): Promise<ModelMetadata> {
    return metadataSchema.parse(await this.#ask('ModelMetadata', { name: this.#model }));
  }

  prepare(feeds: ReadonlyMap<string, Tensor>): PreparedRequest {
    const message = encodeMessage('ModelInferRequest', {
      modelName: this.#model,
      inputs: Array.from(feeds, ([name, { dtype, dims }]) => ({
        name,
        datatype: datatypeOf(dtype),
        shape: [...dims],
      })),
      rawInputContents: Array.from(feeds.values(), rawOf),
    });
    return { body: framed(message), headers: {} };
  }

  async send(request: PreparedRequest): Promise<Answer> {
    const bytes = await this.#channel.call(`${service}/ModelInfer`, request.body);
    return { decode: () => this.#outputs(bytes) };
  }

  close(): void {
    this.#channel.close();
  }

  async #ask(method: string, message: object): Promise<unknown> {
    const frame = framed(encodeMessage(`${method}Request`, message));
    return this.#decoded(`${method}Response`, await this.#channel.call(`${service}/${method}`, frame));
  }

  #decoded(type: string, bytes: Uint8Array): unknown {
    try {
      return decodeMessage(type, bytes);
    } catch (thrown) {
      throw new ServerError('protocol', `${this.label}: the answer is no ${type}`, thrown);
    }
  }

  #outputs(bytes: Uint8Array): Map<string, Tensor> {
    const { outputs, rawOutputContents: raw } = answerSchema.parse(
      this.#decoded('ModelInferResponse', bytes),
    );
    const found = new Map<string, Tensor>();
    outputs.forEach(({ name, datatype, shape, contents: typed }, index) => {
      const wrong = (): ServerError =>
        new ServerError(
          'protocol',
          `${this.label}: output "${name}" ${datatype}[${shape.join(', ')}] is not what the protocol says`,
        );
      const dtype = dtypeOf(datatype);
      if (dtype === undefined) throw wrong();
      try {
        found.set(
          name,
          raw.length > 0
            ? tensorFromRaw(dtype, shape, Uint8Array.from(raw[index]!))
            : fromContents(dtype, shape, typed ?? {}),
        );
      } catch {
        throw wrong();
      }
    });
    return found;
  }

  #notReady(what: string): ServerError {
    return new ServerError('not-ready', `${this.label}: ${what} is not ready`);
  }
}

/** Typed contents, which servers may send instead of raw bytes: the field depends on the element type. */
function fromContents(
  dtype: DType,
  dims: readonly number[],
  fields: Readonly<Record<string, readonly unknown[]>>,
): Tensor {
  const values = Object.values(fields).find((list) => list.length > 0) ?? [];
  if (dtype === 'string') return Tensor.fromStrings(dims, values as Uint8Array[]);
  if (values.length !== dims.reduce((product, dim) => product * dim, 1)) throw new RangeError(dtype);
  if (dtype === 'int64')
    return Tensor.int64(
      dims,
      values.map((value) => BigInt(String(value))),
    );
  if (dtypeKind(dtype) === 'unsigned' && dtype === 'uint64')
    return Tensor.of(
      dtype,
      dims,
      BigUint64Array.from(values, (value) => BigInt(String(value))),
    );
  return Tensor.fromNumbers(dtype, dims, values.map(Number));
}
