import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, request as httpsRequest } from 'node:https';
import { z } from 'zod';
import { messageOf } from '../../errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import type {
  Answer,
  ClientOptions,
  Encoding,
  KserveClient,
  ModelMetadata,
  PreparedRequest,
} from './client.js';
import { jsonLengthHeader, outputsOf, requestBody } from './json-body.js';
import { connectionError, ServerError, timeoutError } from './server-error.js';

interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

const tensor = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.coerce.number().int()) });
const metadataSchema = z.object({
  name: z.string(),
  versions: z.array(z.string()).nullish(),
  platform: z.string().nullish(),
  inputs: z.array(tensor).nullish(),
  outputs: z.array(tensor).nullish(),
});
const errorSchema = z.object({ error: z.string() });

/** Statuses of a server that is there and takes no more. */
const overloaded = new Set([429, 503]);

/** The HTTP/REST transport of the KServe v2 protocol, over connections that are kept. */
export class HttpClient implements KserveClient {
  readonly label: string;
  readonly #options: ClientOptions;
  readonly #path: string;
  readonly #agent: Agent;
  #connected = false;

  constructor(options: ClientOptions) {
    const { url, label } = options;
    this.#options = options;
    this.#path = `${url.pathname.replace(/\/$/, '')}/v2`;
    this.label = label;
    const kept = { keepAlive: true, maxSockets: Infinity, maxFreeSockets: 1024, noDelay: true };
    this.#agent = url.protocol === 'https:' ? new TlsAgent(kept) : new Agent(kept);
  }

  get #model(): string {
    return `${this.#path}/models/${encodeURIComponent(this.#options.model)}`;
  }

  async checkReady(): Promise<void> {
    const server = await this.#ask('GET', `${this.#path}/health/ready`);
    if (server.status !== 200) throw this.#notReady('the server', server);
    const model = await this.#ask('GET', `${this.#model}/ready`);
    if (model.status !== 200) throw this.#notReady(`the model "${this.#options.model}"`, model);
  }

  async metadata(): Promise<ModelMetadata> {
    const answer = await this.#ask('GET', this.#model);
    this.#checkStatus(answer);
    let parsed: z.infer<typeof metadataSchema>;
    try {
      parsed = metadataSchema.parse(JSON.parse(answer.body.toString('utf8')));
    } catch (thrown) {
      throw new ServerError('protocol', `${this.label}: its metadata are not what the protocol says`, thrown);
    }
    const { name, versions, platform, inputs, outputs } = parsed;
    return {
      name,
      versions: versions ?? [],
      platform: platform ?? '',
      inputs: inputs ?? [],
      outputs: outputs ?? [],
    };
  }

  prepare(feeds: ReadonlyMap<string, Tensor>, encoding: Encoding): PreparedRequest {
    return requestBody(feeds, encoding);
  }

  async send(request: PreparedRequest): Promise<Answer> {
    const answer = await this.#ask('POST', `${this.#model}/infer`, request);
    this.#checkStatus(answer);
    const length = answer.headers[jsonLengthHeader];
    return {
      decode: () => outputsOf(answer.body, length === undefined ? undefined : Number(length), this.label),
    };
  }

  close(): void {
    this.#agent.destroy();
  }

  async #ask(method: string, path: string, request?: PreparedRequest): Promise<HttpAnswer> {
    try {
      return await this.#once(method, path, request);
    } catch (thrown) {
      // A server may close a kept connection just when it is used again: nothing was answered, so ask once more.
      if (!(thrown instanceof StaleConnection)) throw thrown;
      return this.#once(method, path, request);
    }
  }

  #once(method: string, path: string, prepared?: PreparedRequest): Promise<HttpAnswer> {
    const { url, timeoutMs, signal } = this.#options;
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const request = send(new URL(path, url), {
        method,
        agent: this.#agent,
        headers: {
          accept: '*/*',
          ...prepared?.headers,
          ...(prepared === undefined ? {} : { 'content-length': prepared.body.byteLength }),
        },
        ...(signal === undefined ? {} : { signal }),
      });
      let began = false;
      const fail = (cause: unknown): void => {
        clearTimeout(timer);
        if (signal?.aborted === true) reject(signal.reason as Error);
        else if (cause instanceof ServerError) reject(cause);
        else if (request.reusedSocket && !began) reject(new StaleConnection());
        else reject(connectionError(this.label, cause, this.#connected));
      };
      const timer = setTimeout(() => request.destroy(timeoutError(this.label, timeoutMs)), timeoutMs);
      request.on('error', fail);
      request.on('response', (response) => {
        began = true;
        this.#connected = true;
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', fail);
        response.on('end', () => {
          clearTimeout(timer);
          const body = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      });
      request.end(prepared?.body);
    });
  }

  #checkStatus(answer: HttpAnswer): void {
    const { status } = answer;
    if (status === 200) return;
    throw new ServerError(
      overloaded.has(status) ? 'refused' : 'error',
      `${this.label}: the server answered ${status}${reasonOf(answer)}`,
    );
  }

  #notReady(what: string, answer: HttpAnswer): ServerError {
    return new ServerError(
      'not-ready',
      `${this.label}: ${what} is not ready: ${answer.status}${reasonOf(answer)}`,
    );
  }
}

/** Whoever gets it asks again. */
class StaleConnection extends Error {}

/** What the server says of an error, in one line. */
function reasonOf({ body }: HttpAnswer): string {
  const text = body.toString('utf8', 0, 2000);
  let reason = text;
  try {
    const parsed = errorSchema.safeParse(JSON.parse(text));
    if (parsed.success) reason = parsed.data.error;
  } catch {
    // Not JSON: its text says as much.
  }
  reason = messageOf(reason);
  return reason === '' ? '' : `: ${reason.length > 300 ? `${reason.slice(0, 300)}…` : reason}`;
}
