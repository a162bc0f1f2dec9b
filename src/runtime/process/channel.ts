import { fork, type ChildProcess } from 'node:child_process';
import { InferOptError, messageOf } from '../../errors.js';
import { openError } from '../open-error.js';
import { ModelProcessError } from './model-process-error.js';
import type { Envelope, Reply, Request } from './protocol.js';

export interface ChannelOptions {
  /** The model's path, for messages. */
  readonly label: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

interface Pending {
  readonly request: Request;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** Children that are alive, so that none outlives us whatever way we end. */
const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

const keptStderr = 4096;

/** Requests to one forked child, one at a time, with a deadline each, and a name for the way it died. */
export class Channel {
  readonly #child: ChildProcess;
  readonly #options: ChannelOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #ended: Promise<void>;
  readonly #onAbort: () => void;
  #nextId = 0;
  #stderr = '';
  /** Why no more requests are taken. */
  #failure: Error | undefined;

  constructor(file: string, options: ChannelOptions) {
    this.#options = options;
    options.signal?.throwIfAborted();
    // The parent's own flags (an inspector port, a test runner's loader) are not for the child.
    const child = fork(file, [], {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child = child;
    alive.add(child);
    child.stderr?.setEncoding('utf8');
    child.stderr?.on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-keptStderr);
    });
    child.on('message', (message) => {
      this.#settle(message as Reply);
    });
    this.#ended = new Promise((done) => {
      child.on('error', (error) => {
        this.#fail(
          new InferOptError('environment', `${options.label}: no process could be started: ${error.message}`),
        );
        alive.delete(child);
        done();
      });
      // 'close' and not 'exit': by then its last words on stderr have arrived.
      child.on('close', (code, signal) => {
        alive.delete(child);
        this.#fail(this.#crash(code, signal));
        done();
      });
    });
    this.#onAbort = () => {
      this.#kill(abortReason(options.signal));
    };
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Number of the child process; -1 when none could be started. */
  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** The child's answer. Rejects with ModelProcessError, or with the signal's reason when aborted. */
  async ask(request: Request): Promise<unknown> {
    if (this.#failure !== undefined) throw this.#failure;
    const id = this.#nextId++;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve, reject) => {
        this.#pending.set(id, { request, resolve, reject });
        timer = setTimeout(() => {
          const seconds = Math.round(this.#options.timeoutMs / 1000);
          this.#kill(
            new ModelProcessError(
              'timeout',
              `${this.#options.label}: no answer to "${request.type}" in ${seconds} s, so it was stopped`,
            ),
          );
        }, this.#options.timeoutMs);
        // A child that died meanwhile is told by 'close', with its reason.
        this.#child.send({ id, request } satisfies Envelope, () => undefined);
      });
    } finally {
      clearTimeout(timer);
      this.#pending.delete(id);
    }
  }

  /** Ends the child and waits until it is gone. */
  async close(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#kill(new InferOptError('internal', `${this.#options.label}: the process was closed`));
    await this.#ended;
  }

  #settle(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    if (!pending) return;
    if (reply.ok) {
      pending.resolve(reply.value);
      return;
    }
    if (pending.request.type === 'load') {
      const { message, hint } = openError(reply.message, this.#options.label);
      pending.reject(new ModelProcessError('load', message, hint));
      return;
    }
    const text = messageOf(reply.message);
    pending.reject(
      new ModelProcessError(
        'run',
        `${this.#options.label}: the runtime failed to run it: ${text}`,
        'its inputs may not be what it needs: give real ones with --data',
      ),
    );
  }

  #crash(code: number | null, signal: string | null): ModelProcessError {
    const how = signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`;
    const doing = Array.from(this.#pending.values(), ({ request }) => request.type)[0];
    const lastLine = this.#stderr
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .at(-1);
    const words = lastLine === undefined ? '' : `, last words: ${lastLine}`;
    const during = doing === undefined ? '' : ` during "${doing}"`;
    return new ModelProcessError(
      'crash',
      `${this.#options.label}: its process died${during} (${how})${words}`,
    );
  }

  #kill(reason: Error): void {
    this.#fail(reason);
    this.#child.kill('SIGKILL');
  }

  /** The first reason counts: what follows are its consequences. */
  #fail(reason: Error): void {
    this.#failure ??= reason;
    for (const { reject } of this.#pending.values()) reject(this.#failure);
  }
}

function abortReason(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('aborted');
}
