/**
 * The child: opens one model and does what it is told, one request after the other. It imports the runtime and
 * nothing else, so that it starts fast and its memory is the model's.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { storeFloat16AsBits } from '../float16-bits.js';
import '../no-telemetry.js';
import * as ort from 'onnxruntime-node';
import type {
  Envelope,
  LoadReply,
  LoadRequest,
  MemoryReply,
  Reply,
  Request,
  WireFeeds,
  WireTensor,
} from './protocol.js';

storeFloat16AsBits(ort.Tensor);

type TypedArray = Exclude<ort.Tensor['data'], string[]>;
interface ArrayConstructor {
  new (buffer: ArrayBuffer, byteOffset: number, length: number): TypedArray;
  readonly BYTES_PER_ELEMENT: number;
}

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as Readonly<Record<string, ArrayConstructor>>;

let session: ort.InferenceSession | undefined;
let fetches: string[] = [];
let samples: ort.InferenceSession.FeedsType[] = [];

function toRuntime(tensor: WireTensor): ort.Tensor {
  if (tensor.dtype === 'string') return new ort.Tensor('string', [...(tensor.strings ?? [])], tensor.dims);
  const make = arrays[tensor.dtype];
  if (!make) throw new Error(`the runtime's binding takes no ${tensor.dtype} tensors`);
  // A copy of its own: aligned, and free of the message that carried it.
  const bytes = tensor.bytes.slice();
  const data = new make(bytes.buffer, 0, bytes.byteLength / make.BYTES_PER_ELEMENT);
  return new ort.Tensor(tensor.dtype as 'float32', data as Float32Array, tensor.dims);
}

function toFeeds(feeds: WireFeeds): ort.InferenceSession.FeedsType {
  return Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toRuntime(tensor)]));
}

function fromRuntime(tensor: ort.Tensor): WireTensor {
  const { data } = tensor;
  if (Array.isArray(data))
    return { dtype: 'string', dims: tensor.dims, bytes: new Uint8Array(0), strings: data };
  return {
    dtype: tensor.type,
    dims: tensor.dims,
    bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

function describe(values: readonly ort.InferenceSession.ValueMetadata[]): LoadReply['inputs'] {
  return values.map((value) =>
    value.isTensor
      ? { name: value.name, dtype: value.type, dims: [...value.shape] }
      : { name: value.name, dtype: undefined, dims: [] },
  );
}

function opened(): ort.InferenceSession {
  if (!session) throw new Error('no model is open');
  return session;
}

async function load(request: LoadRequest): Promise<LoadReply> {
  const start = performance.now();
  session = await ort.InferenceSession.create(request.path, {
    intraOpNumThreads: request.threads,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
    ...request.session,
  });
  const loadMs = performance.now() - start;
  // Maps and sequences cannot be fetched: leave them out, and the rest of the model still runs.
  fetches = session.outputMetadata.filter((output) => output.isTensor).map((output) => output.name);
  if (fetches.length === 0) throw new Error('no output is a tensor, so nothing can be fetched');
  return { inputs: describe(session.inputMetadata), outputs: describe(session.outputMetadata), loadMs };
}

async function timeRun(
  model: ort.InferenceSession,
  times: Float64Array,
  i: number,
  start: number,
): Promise<void> {
  const feeds = samples[(start + i) % samples.length]!;
  const before = performance.now();
  await model.run(feeds, fetches);
  times[i] = performance.now() - before;
}

async function timeBlock(count: number, start: number, concurrency: number): Promise<Float64Array> {
  const model = opened();
  if (samples.length === 0) throw new Error('no samples to time');
  const times = new Float64Array(count);
  if (concurrency === 1) {
    for (let i = 0; i < count; i++) await timeRun(model, times, i, start);
    return times;
  }
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) await timeRun(model, times, i, start);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, lane));
  return times;
}

let collector: (() => void) | undefined;

/** The collector of V8, without a flag on the command line. */
function collectGarbage(): void {
  if (collector === undefined) {
    setFlagsFromString('--expose-gc');
    collector = runInNewContext('gc') as () => void;
  }
  collector();
}

async function answer(request: Request): Promise<unknown> {
  switch (request.type) {
    case 'load':
      return load(request);
    case 'run': {
      const outputs = await opened().run(toFeeds(request.feeds), fetches);
      return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, fromRuntime(tensor)]));
    }
    case 'clear-samples':
      samples = [];
      return undefined;
    case 'add-sample':
      samples.push(toFeeds(request.feeds));
      return undefined;
    case 'time-block':
      return timeBlock(request.count, request.start, request.concurrency ?? 1);
    case 'memory': {
      if (request.collect === true) collectGarbage();
      const peakRss = process.resourceUsage().maxRSS * 1024;
      return { rss: process.memoryUsage.rss(), peakRss } satisfies MemoryReply;
    }
  }
}

function send(reply: Reply): void {
  process.send?.(reply);
}

process.on('message', (message) => {
  const { id, request } = message as Envelope;
  answer(request).then(
    (value) => {
      send({ id, ok: true, value });
    },
    (thrown: unknown) => {
      send({ id, ok: false, message: thrown instanceof Error ? thrown.message : String(thrown) });
    },
  );
});

// A Ctrl-C on the terminal reaches the whole group; the parent decides what it means.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => {
  process.exit(0);
});
