import { InferOptError, messageOf } from '../../errors.js';

/**
 * What went wrong with a server:
 * - `unreachable`: nothing answers at its address
 * - `not-ready`: it answers, and says that it or the model is not ready or not there
 * - `refused`: it is there and takes no more requests for now (overload)
 * - `error`: it answered a request with an error
 * - `died`: the connection ended during a request, or nothing answers any more
 * - `timeout`: no answer in time
 * - `protocol`: what it answered is not what the protocol says
 */
export type ServerFailure =
  'unreachable' | 'not-ready' | 'refused' | 'error' | 'died' | 'timeout' | 'protocol';

const hints: Readonly<Record<ServerFailure, string>> = {
  unreachable: 'start the server, or check the address and port of --server',
  'not-ready': "check the model's name (--server-model) and the server's log",
  refused: 'the server is overloaded: lower --concurrency',
  error: "see the server's log",
  died: "see the server's log",
  timeout: 'the server is too slow or hangs',
  protocol:
    'the server must speak the KServe v2 protocol (Open Inference Protocol); check --protocol and the port',
};

/** A failure of a server, told in one line that starts with its address. What else is measured can go on. */
export class ServerError extends InferOptError {
  readonly failure: ServerFailure;

  constructor(failure: ServerFailure, message: string, cause?: unknown) {
    super('environment', message, { hint: hints[failure], cause });
    this.name = 'ServerError';
    this.failure = failure;
  }
}

/** A failure of the connection: at the first words the server is not there, later it has gone. */
export function connectionError(label: string, cause: unknown, connected: boolean): ServerError {
  const code = (cause as { readonly code?: unknown }).code;
  const reason = messageOf(cause) === '' ? String(code) : messageOf(cause);
  return connected
    ? new ServerError('died', `${label}: the server was lost: ${reason}`, cause)
    : new ServerError('unreachable', `${label}: the server does not answer: ${reason}`, cause);
}

export function timeoutError(label: string, timeoutMs: number): ServerError {
  return new ServerError('timeout', `${label}: no answer in ${Number((timeoutMs / 1000).toPrecision(3))} s`);
}
