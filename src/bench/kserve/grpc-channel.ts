import { connect, constants, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import { messageOf } from '../../errors.js';
import { connectionError, ServerError, timeoutError, type ServerFailure } from './server-error.js';

/**
 * Status codes of gRPC (https://grpc.github.io/grpc/core/md_doc_statuscodes.html) that say something of their own;
 * any other is an error of the request.
 */
const failures: Readonly<Record<number, ServerFailure>> = {
  4: 'timeout',
  5: 'not-ready',
  8: 'refused',
  12: 'protocol',
  14: 'refused',
};

/** Large outputs would else wait for a window update every 64 KB. */
const windowBytes = 16 * 2 ** 20;

export interface ChannelOptions {
  readonly url: URL;
  readonly label: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Unary calls of gRPC over one HTTP/2 connection: a message has a byte that says whether it is compressed and four
 * bytes of length before it, and the status comes in the trailers
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
 */
export class GrpcChannel {
  readonly #options: ChannelOptions;
  #session: ClientHttp2Session | undefined;
  #connected = false;
  #lost: unknown;

  constructor(options: ChannelOptions) {
    this.#options = options;
  }

  /** The answer to one call. Throws ServerError for anything but a message with status 0. */
  async call(path: string, frame: Uint8Array): Promise<Buffer> {
    const { label, timeoutMs, signal } = this.#options;
    signal?.throwIfAborted();
    const answer = await new Promise<Buffer>((resolve, reject) => {
      const session = this.#open();
      const stream = session.request({
        [constants.HTTP2_HEADER_METHOD]: 'POST',
        [constants.HTTP2_HEADER_PATH]: path,
        [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
        [constants.HTTP2_HEADER_TE]: 'trailers',
      });
      const parts: Buffer[] = [];
      let headers: IncomingHttpHeaders = {};
      let trailers: IncomingHttpHeaders | undefined;
      let failure: Error | undefined;
      const onAbort = (): void => {
        const reason: unknown = signal?.reason;
        failure = reason instanceof Error ? reason : new Error('aborted');
        stream.close(constants.NGHTTP2_CANCEL);
      };
      const timer = setTimeout(() => {
        failure = timeoutError(label, timeoutMs);
        stream.close(constants.NGHTTP2_CANCEL);
      }, timeoutMs);
      signal?.addEventListener('abort', onAbort, { once: true });
      stream.on('response', (found) => {
        headers = found;
        this.#connected = true;
      });
      stream.on('trailers', (found: IncomingHttpHeaders) => {
        trailers = found;
      });
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('error', (error) => {
        failure ??= connectionError(label, this.#lost ?? error, this.#connected);
      });
      stream.on('close', () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        failure ??= this.#problem(headers, trailers);
        if (failure !== undefined) reject(failure);
        else resolve(Buffer.concat(parts));
      });
      stream.end(frame);
    });
    return unframed(answer, label);
  }

  close(): void {
    this.#session?.destroy();
  }

  #open(): ClientHttp2Session {
    const open = this.#session;
    if (open !== undefined && !open.closed && !open.destroyed) return open;
    const session = connect(this.#options.url.origin, { settings: { initialWindowSize: windowBytes } });
    session.on('connect', () => {
      session.setLocalWindowSize(windowBytes);
      // A call that is under way keeps the process alive, a connection does not.
      session.unref();
    });
    session.on('error', (error) => {
      this.#lost = error;
    });
    this.#lost = undefined;
    this.#session = session;
    return session;
  }

  /** What headers and trailers say is wrong; an answer without data has its status in the headers. */
  #problem(headers: IncomingHttpHeaders, trailers: IncomingHttpHeaders | undefined): ServerError | undefined {
    const { label } = this.#options;
    const said = trailers?.['grpc-status'] ?? headers['grpc-status'];
    if (said === undefined) {
      const status = headers[constants.HTTP2_HEADER_STATUS];
      if (status === undefined) {
        const cause = this.#lost ?? new Error('the connection was closed during a request');
        return connectionError(label, cause, this.#connected);
      }
      if (Number(status) === 200)
        return connectionError(label, new Error('the answer has no end'), this.#connected);
      return new ServerError(
        'protocol',
        `${label}: the server answered HTTP ${String(status)}, which is not gRPC`,
      );
    }
    const code = Number(said);
    if (code === 0) return undefined;
    const message = decoded(String(trailers?.['grpc-message'] ?? headers['grpc-message'] ?? ''));
    const text = `${label}: the server answered gRPC status ${code}${message === '' ? '' : `: ${message}`}`;
    return new ServerError(failures[code] ?? 'error', text);
  }
}

/** A message as it travels. */
export function framed(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(5 + message.byteLength);
  frame[0] = 0;
  frame.writeUInt32BE(message.byteLength, 1);
  frame.set(message, 5);
  return frame;
}

function unframed(frame: Buffer, label: string): Buffer {
  // We never say that we take compressed messages.
  if (frame.length < 5 || frame[0] !== 0 || frame.readUInt32BE(1) !== frame.length - 5) {
    throw new ServerError('protocol', `${label}: the answer is no single message of gRPC`);
  }
  return frame.subarray(5);
}

/** Messages of a status are percent-encoded. */
function decoded(text: string): string {
  try {
    return messageOf(decodeURIComponent(text)).slice(0, 300);
  } catch {
    return messageOf(text).slice(0, 300);
  }
}
