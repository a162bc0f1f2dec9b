import type { Tensor } from '../../tensor/tensor.js';

/** An input or output as the server tells it: -1 for an open length. */
export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

export interface ModelMetadata {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}

/** How tensors travel. */
export type Encoding = 'binary' | 'json';

/** A request that only has to be sent: what it costs to write it is not the server's. */
export interface PreparedRequest {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** One model behind a server that speaks the KServe v2 protocol, over one of its transports. */
export interface KserveClient {
  /** Address and model, for messages. */
  readonly label: string;
  /** Throws ServerError `unreachable` or `not-ready` unless the server and the model are ready. */
  checkReady(): Promise<void>;
  metadata(): Promise<ModelMetadata>;
  prepare(feeds: ReadonlyMap<string, Tensor>, encoding: Encoding): PreparedRequest;
  /** Sends a request and gives the answer undecoded, once all of it is here. */
  send(request: PreparedRequest): Promise<Answer>;
  close(): void;
}

export interface Answer {
  decode(): Map<string, Tensor>;
}

export interface ClientOptions {
  readonly url: URL;
  readonly model: string;
  /** What messages call it. */
  readonly label: string;
  /** For one request. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}
