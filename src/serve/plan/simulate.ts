import type { Arrivals } from '../../bench/serving/arrivals.js';
import { batchToSend, type BatcherRule } from '../../bench/serving/batcher.js';
import { InferOptError } from '../../errors.js';
import { seededRandom } from '../../tensor/random.js';
import type { ServiceTimes } from './service-times.js';

export interface SimulatedServer extends BatcherRule {
  readonly instances: number;
  /** Requests that may wait; one more is refused. 0 for any number. */
  readonly queueLimit: number;
  /** By how many instances compute at the same time, itself included: 1 first. The last one stands for more. */
  readonly service: readonly ServiceTimes[];
}

export interface SimulatedRun {
  /** Milliseconds from arrival to answer, in the order of arrival; NaN for a refused request. */
  readonly latencies: Float64Array;
  /** Milliseconds from arrival to the start of the batch. */
  readonly waits: Float64Array;
  readonly batches: number;
  readonly refused: number;
  /** Sum over instances of the time that they computed. */
  readonly busyMs: number;
  /** From the first arrival to the last answer. */
  readonly spanMs: number;
}

/**
 * Plays arrivals against a server, event by event: a request comes, an instance becomes free, or a window ends.
 * Exact up to the service times, which are drawn with `seed`. The same inputs give the same run.
 */
export function simulate(arrivals: Arrivals, server: SimulatedServer, seed: number): SimulatedRun {
  const random = seededRandom(seed);
  const count = arrivals.length;
  const latencies = new Float64Array(count).fill(NaN);
  const waits = new Float64Array(count).fill(NaN);
  const freeAt = new Float64Array(server.instances);
  // Positions of requests that wait, first in first out; `head` is the next to go.
  const queue = new Int32Array(count);
  let head = 0;
  let tail = 0;
  let next = 0;
  let now = 0;
  let batches = 0;
  let refused = 0;
  let busyMs = 0;
  let end = 0;
  while (next < count || head < tail) {
    const taken = next;
    // Everything that has come by now waits, or is refused.
    while (next < count && arrivals[next]! <= now) {
      if (server.queueLimit > 0 && tail - head >= server.queueLimit) refused += 1;
      else queue[tail++] = next;
      next += 1;
      // One at a time while an instance is free: an arrival at the same moment must not fill the queue first.
      if (server.queueLimit > 0 && hasFree(freeAt, now)) break;
    }
    let sent = false;
    for (let instance = 0; instance < freeAt.length; instance++) {
      if (freeAt[instance]! > now) continue;
      const waiting = tail - head;
      const oldest = waiting === 0 ? 0 : arrivals[queue[head]!]!;
      // A sum of the two may round below the window that it was made from.
      const waited = now >= oldest + server.windowMs ? server.windowMs : now - oldest;
      let size = batchToSend(server, waiting, waited);
      // Nothing more will come: even a static batch ends.
      if (size === 0 && waiting > 0 && next >= count && server.windowMs === Infinity) size = waiting;
      if (size === 0) break;
      const busy = busyCount(freeAt, now) + 1;
      const service = server.service[Math.min(busy, server.service.length) - 1]!;
      const duration = service.quantile(size, random());
      if (!(duration >= 0)) throw standsStill(duration);
      for (let index = 0; index < size; index++) {
        const request = queue[head++]!;
        waits[request] = now - arrivals[request]!;
        latencies[request] = now + duration - arrivals[request]!;
      }
      freeAt[instance] = now + duration;
      busyMs += duration;
      batches += 1;
      end = Math.max(end, now + duration);
      sent = true;
    }
    if (sent && next < count && arrivals[next]! <= now) continue;
    const then = nextEvent();
    if (then === Infinity) break;
    // An event that changes nothing must be followed by a later one, or there is no end.
    if (!(then > now) && !sent && next === taken) throw standsStill(then);
    now = then;
  }
  return { latencies, waits, batches, refused, busyMs, spanMs: end - (arrivals[0] ?? 0) };

  /** When something can change: an arrival, an instance that becomes free for those that wait, or a window's end. */
  function nextEvent(): number {
    let time = next < count ? arrivals[next]! : Infinity;
    if (head < tail) {
      const free = hasFree(freeAt, now);
      if (free) time = Math.min(time, Math.max(arrivals[queue[head]!]! + server.windowMs, now));
      else
        time = Math.min(
          time,
          freeAt.reduce((least, one) => Math.min(least, one), Infinity),
        );
    }
    return time;
  }
}

/** Where times are no numbers, time does not go on. */
function standsStill(time: number): InferOptError {
  return new InferOptError('internal', `the simulation stands still at ${time} ms`);
}

function hasFree(freeAt: Float64Array, now: number): boolean {
  for (const time of freeAt) if (time <= now) return true;
  return false;
}

function busyCount(freeAt: Float64Array, now: number): number {
  let busy = 0;
  for (const time of freeAt) if (time > now) busy += 1;
  return busy;
}
