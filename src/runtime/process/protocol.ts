/** What parent and child say to each other. Types only: the child loads nothing of the library. */

/** A tensor on the wire: little-endian bytes, or texts when `dtype` is `string`. */
export interface WireTensor {
  readonly dtype: string;
  readonly dims: readonly number[];
  readonly bytes: Uint8Array;
  readonly strings?: readonly string[];
}

export type WireFeeds = Readonly<Record<string, WireTensor>>;

/** An input or output as the runtime reports it; `dtype` is undefined for maps and sequences, a dim is a symbol where it is free. */
export interface WireValue {
  readonly name: string;
  readonly dtype: string | undefined;
  readonly dims: readonly (number | string)[];
}

export interface LoadRequest {
  readonly type: 'load';
  readonly path: string;
  readonly threads: number;
  /** Session options of onnxruntime-node on top of the defaults. */
  readonly session: Readonly<Record<string, unknown>>;
}

export interface LoadReply {
  readonly inputs: readonly WireValue[];
  readonly outputs: readonly WireValue[];
  readonly loadMs: number;
}

export interface MemoryReply {
  /** Bytes resident now, and the most that ever were. */
  readonly rss: number;
  readonly peakRss: number;
}

export type Request =
  | LoadRequest
  | { readonly type: 'run'; readonly feeds: WireFeeds }
  | { readonly type: 'clear-samples' }
  | { readonly type: 'add-sample'; readonly feeds: WireFeeds }
  | {
      readonly type: 'time-block';
      readonly count: number;
      readonly start: number;
      /** Requests in flight at a time; 1 when absent. */
      readonly concurrency?: number;
    }
  /** `collect`: without what only waits to be collected. */
  | { readonly type: 'memory'; readonly collect?: boolean };

export interface Envelope {
  readonly id: number;
  readonly request: Request;
}

export type Reply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly message: string };
