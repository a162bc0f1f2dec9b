import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import protobuf from 'protobufjs';

/** How the stand-in misbehaves; may be changed while it runs. */
export interface Manners {
  /** No binary tensors: bodies must be JSON. */
  jsonOnly?: boolean;
  notReady?: 'server' | 'model';
  /** Answers with this HTTP status or gRPC status from this request on (counted from 0). */
  failFrom?: number;
  status?: number;
  /** Milliseconds before an answer. */
  delayMs?: number;
  /** Ends the connection instead of answering, from this request on. */
  dieFrom?: number;
  /** Answers with something else. */
  nonsense?: boolean;
}

export interface StandIn {
  readonly url: URL;
  readonly manners: Manners;
  /** Inference requests so far, and how many were in flight at once at most. */
  requests: number;
  mostAtOnce: number;
  close(): Promise<void>;
}

const features = 4;
const classes = 7;
export const interfaceOfStandIn = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, features] }],
  outputs: [{ name: 'scores', datatype: 'FP32', shape: [-1, classes] }],
};

/** scores = x W, row by row. */
function scoresOf(x: Float32Array, weights: readonly number[]): Float32Array {
  const rows = x.length / features;
  return Float32Array.from({ length: rows * classes }, (_, i) => {
    const row = Math.floor(i / classes);
    let sum = 0;
    for (let f = 0; f < features; f++) sum += x[row * features + f]! * weights[f * classes + (i % classes)]!;
    return sum;
  });
}

const bytesOf = (values: Float32Array): Buffer => Buffer.from(values.buffer);
const floatsOf = (bytes: Uint8Array): Float32Array => new Float32Array(Uint8Array.from(bytes).buffer);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A server of the KServe v2 protocol over HTTP, with binary tensors unless it is told otherwise. */
export async function httpStandIn(weights: readonly number[], manners: Manners = {}): Promise<StandIn> {
  let flying = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const json = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    switch (`${request.method ?? ''} ${request.url ?? ''}`) {
      case 'GET /v2/health/ready': {
        json(manners.notReady === 'server' ? 503 : 200, {});
        return;
      }
      case 'GET /v2/models/linear/ready': {
        json(manners.notReady === 'model' ? 400 : 200, {});
        return;
      }
      case 'GET /v2/models/linear':
        if (manners.nonsense === true) {
          json(200, { hello: 'world' });
          return;
        }
        {
          json(200, { name: 'linear', versions: ['3'], platform: 'stand-in', ...interfaceOfStandIn });
          return;
        }
      case 'POST /v2/models/linear/infer':
        break;
      default: {
        json(404, { error: `nothing at ${request.url ?? ''}` });
        return;
      }
    }
    const number = self.requests++;
    self.mostAtOnce = Math.max(self.mostAtOnce, ++flying);
    await pause(manners.delayMs ?? 0);
    flying--;
    if (number >= (manners.dieFrom ?? Infinity)) {
      request.socket.destroy();
      return;
    }
    if (number >= (manners.failFrom ?? Infinity)) {
      json(manners.status ?? 500, { error: 'no luck' });
      return;
    }
    const length = request.headers['inference-header-content-length'];
    if (length !== undefined && manners.jsonOnly === true) {
      json(422, { error: 'this is no JSON' });
      return;
    }
    const head = JSON.parse(body.subarray(0, Number(length ?? body.length)).toString()) as {
      inputs: { shape: number[]; data?: number[]; parameters?: { binary_data_size: number } }[];
    };
    const [input] = head.inputs;
    const x =
      input!.data === undefined ? floatsOf(body.subarray(Number(length))) : Float32Array.from(input!.data);
    const scores = scoresOf(x, weights);
    const output = { name: 'scores', datatype: 'FP32', shape: [x.length / features, classes] };
    if (length === undefined) {
      json(200, { model_name: 'linear', outputs: [{ ...output, data: [...scores] }] });
      return;
    }
    const raw = bytesOf(scores);
    const text = Buffer.from(
      JSON.stringify({ outputs: [{ ...output, parameters: { binary_data_size: raw.length } }] }),
    );
    response
      .writeHead(200, { 'inference-header-content-length': text.length })
      .end(Buffer.concat([text, raw]));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const self: StandIn = {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    manners,
    requests: 0,
    mostAtOnce: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return self;
}

/** The messages as the specification writes them, read by protobufjs's own parser. */
const proto = protobuf.parse(`
  syntax = "proto3";
  package inference;
  message ServerReadyResponse { bool ready = 1; }
  message ModelReadyRequest { string name = 1; string version = 2; }
  message ModelReadyResponse { bool ready = 1; }
  message ModelMetadataResponse {
    message TensorMetadata { string name = 1; string datatype = 2; repeated int64 shape = 3; }
    string name = 1; repeated string versions = 2; string platform = 3;
    repeated TensorMetadata inputs = 4; repeated TensorMetadata outputs = 5;
  }
  message InferTensorContents {
    repeated bool bool_contents = 1; repeated int32 int_contents = 2; repeated int64 int64_contents = 3;
    repeated uint32 uint_contents = 4; repeated uint64 uint64_contents = 5; repeated float fp32_contents = 6;
    repeated double fp64_contents = 7; repeated bytes bytes_contents = 8;
  }
  message ModelInferRequest {
    message InferInputTensor {
      string name = 1; string datatype = 2; repeated int64 shape = 3; InferTensorContents contents = 5;
    }
    string model_name = 1; string model_version = 2; string id = 3;
    repeated InferInputTensor inputs = 5; repeated bytes raw_input_contents = 7;
  }
  message ModelInferResponse {
    message InferOutputTensor {
      string name = 1; string datatype = 2; repeated int64 shape = 3; InferTensorContents contents = 5;
    }
    string model_name = 1; string model_version = 2; string id = 3;
    repeated InferOutputTensor outputs = 5; repeated bytes raw_output_contents = 6;
  }`).root;

function frame(type: string, message: object): Buffer {
  const found = proto.lookupType(`inference.${type}`);
  const body = found.encode(found.fromObject(message)).finish();
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** The same over gRPC. With `jsonOnly` outputs come as typed contents instead of raw bytes. */
export async function grpcStandIn(weights: readonly number[], manners: Manners = {}): Promise<StandIn> {
  let flying = 0;
  const answer = async (stream: ServerHttp2Stream, path: string): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    const body = Buffer.concat(parts).subarray(5);
    const reply = (type: string, message: object): void => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => {
        stream.sendTrailers({ 'grpc-status': '0' });
      });
      stream.end(frame(type, message));
    };
    const refuse = (status: number, message: string): void => {
      // An answer without a message has its status in the headers.
      stream.respond(
        { ':status': 200, 'grpc-status': String(status), 'grpc-message': message },
        { endStream: true },
      );
    };
    switch (path.split('/').at(-1)) {
      case 'ServerReady': {
        reply('ServerReadyResponse', { ready: manners.notReady !== 'server' });
        return;
      }
      case 'ModelReady':
        if (manners.notReady === 'model') {
          refuse(5, 'Model%20linear not found');
          return;
        }
        {
          reply('ModelReadyResponse', { ready: true });
          return;
        }
      case 'ModelMetadata': {
        reply('ModelMetadataResponse', {
          name: 'linear',
          versions: ['3'],
          platform: 'stand-in',
          ...interfaceOfStandIn,
        });
        return;
      }
    }
    const number = self.requests++;
    self.mostAtOnce = Math.max(self.mostAtOnce, ++flying);
    await pause(manners.delayMs ?? 0);
    flying--;
    if (number >= (manners.dieFrom ?? Infinity)) {
      stream.session?.destroy();
      return;
    }
    if (number >= (manners.failFrom ?? Infinity)) {
      refuse(manners.status ?? 13, 'no%20luck');
      return;
    }
    if (manners.nonsense === true) {
      stream.respond({ ':status': 200 });
      stream.end('hello');
      return;
    }
    const type = proto.lookupType('inference.ModelInferRequest');
    const request = type.toObject(type.decode(body)) as { rawInputContents: Uint8Array[] };
    const x = floatsOf(request.rawInputContents[0]!);
    const scores = scoresOf(x, weights);
    const output = { name: 'scores', datatype: 'FP32', shape: [x.length / features, classes] };
    reply(
      'ModelInferResponse',
      manners.jsonOnly === true
        ? { outputs: [{ ...output, contents: { fp32Contents: [...scores] } }] }
        : { outputs: [output], rawOutputContents: [bytesOf(scores)] },
    );
  };
  const server = createHttp2Server();
  server.on('stream', (stream, headers) => void answer(stream, String(headers[':path'])));
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const self: StandIn = {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    manners,
    requests: 0,
    mostAtOnce: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const session of sessions) session.destroy();
      }),
  };
  return self;
}
