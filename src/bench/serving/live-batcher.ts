import type { Arrivals } from './arrivals.js';
import { batchToSend, type BatcherRule } from './batcher.js';
/** Whatever answers batches. */
export interface LiveTarget {
  /** Resolves when the answer is there; with false when the batch was refused. */
  run(instance: number, batch: number): Promise<boolean>;
}

/** What happened to the requests of a run; the same figures as of a simulated one. */
export interface LiveRun {
  /** Milliseconds from when a request was due to its answer; NaN for a refused one. */
  readonly latencies: Float64Array;
  readonly batches: number;
  readonly refused: number;
  readonly busyMs: number;
  readonly spanMs: number;
  /** Times of batches by size, in the order that they ran in. */
  readonly serviceTimes: ReadonlyMap<number, readonly number[]>;
}

export interface LiveServer extends BatcherRule {
  readonly instances: number;
  readonly queueLimit: number;
}

/** Timers are late by up to a millisecond: the rest of a wait is spent looking at the clock. */
const timerSlackMs = 1.2;

/**
 * Runs a batcher for real: requests come when the trace says, whether earlier ones were answered or not (open loop).
 * Latency counts from when a request was due, so that a late start of ours is not left out.
 */
export async function runLive(
  pool: LiveTarget,
  arrivals: Arrivals,
  server: LiveServer,
  signal?: AbortSignal,
): Promise<LiveRun> {
  return new LiveBatcher(pool, arrivals, server, signal).run();
}

class LiveBatcher {
  readonly #pool: LiveTarget;
  readonly #arrivals: Arrivals;
  readonly #server: LiveServer;
  readonly #signal: AbortSignal | undefined;
  readonly #latencies: Float64Array;
  readonly #queue: number[] = [];
  readonly #serviceTimes = new Map<number, number[]>();
  readonly #idle: number[];
  #next = 0;
  #batches = 0;
  #refused = 0;
  #busyMs = 0;
  #origin = 0;
  #wakeAt = Infinity;
  #waker: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #end: { resolve: () => void; reject: (reason: unknown) => void } | undefined;

  constructor(pool: LiveTarget, arrivals: Arrivals, server: LiveServer, signal: AbortSignal | undefined) {
    this.#pool = pool;
    this.#arrivals = arrivals;
    this.#server = server;
    this.#signal = signal;
    this.#latencies = new Float64Array(arrivals.length).fill(NaN);
    this.#idle = Array.from({ length: server.instances }, (_, index) => index);
  }

  async run(): Promise<LiveRun> {
    const first = this.#arrivals[0] ?? 0;
    this.#origin = performance.now() - first;
    await new Promise<void>((resolve, reject) => {
      this.#end = { resolve, reject };
      this.#pump();
    }).finally(() => this.#stopWaiting());
    return {
      latencies: this.#latencies,
      batches: this.#batches,
      refused: this.#refused,
      busyMs: this.#busyMs,
      spanMs: this.#now() - first,
      serviceTimes: this.#serviceTimes,
    };
  }

  #now(): number {
    return performance.now() - this.#origin;
  }

  /** Takes in who has come, sends what the rule sends, and sees to it that it is called again in time. */
  #pump(): void {
    if (this.#signal?.aborted === true) {
      this.#end?.reject(this.#signal.reason);
      return;
    }
    const now = this.#now();
    this.#admit(now);
    while (this.#idle.length > 0) {
      const waiting = this.#queue.length;
      const oldestMs = waiting === 0 ? 0 : now - this.#arrivals[this.#queue[0]!]!;
      let size = batchToSend(this.#server, waiting, oldestMs);
      const over = this.#next >= this.#arrivals.length;
      // Nothing more will come: even a static batch ends.
      if (size === 0 && waiting > 0 && over && this.#server.windowMs === Infinity) size = waiting;
      if (size === 0) break;
      this.#send(this.#idle.shift()!, this.#queue.splice(0, size), now);
    }
    const done =
      this.#next >= this.#arrivals.length &&
      this.#queue.length === 0 &&
      this.#idle.length === this.#server.instances;
    if (done) this.#end?.resolve();
    else this.#wait();
  }

  #admit(now: number): void {
    const { queueLimit } = this.#server;
    while (this.#next < this.#arrivals.length && this.#arrivals[this.#next]! <= now) {
      const full = queueLimit > 0 && this.#queue.length >= queueLimit && this.#idle.length === 0;
      if (full) this.#refused += 1;
      else this.#queue.push(this.#next);
      this.#next += 1;
    }
  }

  #send(instance: number, requests: readonly number[], start: number): void {
    this.#batches += 1;
    this.#pool.run(instance, requests.length).then(
      (answered) => {
        const now = this.#now();
        if (!answered) this.#refused += requests.length;
        else for (const request of requests) this.#latencies[request] = now - this.#arrivals[request]!;
        const times = this.#serviceTimes.get(requests.length) ?? [];
        times.push(now - start);
        this.#serviceTimes.set(requests.length, times);
        this.#busyMs += now - start;
        // Whoever came meanwhile found all instances busy, and the queue perhaps full.
        this.#admit(now);
        this.#idle.push(instance);
        this.#pump();
      },
      (reason: unknown) => this.#end?.reject(reason),
    );
  }

  /** Wakes at the next arrival, or when the window of the oldest ends if an instance is free. */
  #wait(): void {
    let at = this.#arrivals[this.#next] ?? Infinity;
    const [oldest] = this.#queue;
    if (oldest !== undefined && this.#idle.length > 0)
      at = Math.min(at, this.#arrivals[oldest]! + this.#server.windowMs);
    // While all are busy, whoever comes can be taken in when an answer arrives.
    if (this.#idle.length === 0) at = Infinity;
    this.#stopWaiting();
    this.#wakeAt = at;
    if (at !== Infinity) this.#sleep();
  }

  #sleep(): void {
    const left = this.#wakeAt - this.#now();
    if (left <= 0) this.#pump();
    else if (left > timerSlackMs) this.#waker = setTimeout(() => this.#sleep(), left - timerSlackMs);
    else this.#waker = setImmediate(() => this.#sleep());
  }

  #stopWaiting(): void {
    // Each kind ignores the other's handles.
    clearTimeout(this.#waker as NodeJS.Timeout | undefined);
    clearImmediate(this.#waker as NodeJS.Immediate | undefined);
    this.#waker = undefined;
  }
}
