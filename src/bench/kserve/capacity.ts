import type { ServedModel } from './served-model.js';

/** One more client must bring at least this much, or the server is at its end. */
const worthwhile = 1.05;
const mostClients = 64;
const leastRequests = 20;
const leastMs = 300;

/**
 * Requests a second that a server answers at most: with twice as many clients each time, until that brings nothing. How many
 * copies it runs and how it batches is not ours to know.
 */
export async function measureCapacity(model: ServedModel): Promise<number> {
  let best = 0;
  for (let clients = 1; clients <= mostClients; clients *= 2) {
    const timed = model.concurrently(clients);
    let answered = 0;
    const began = performance.now();
    do {
      answered += (await timed.timeBlock(Math.max(leastRequests, 4 * clients), answered)).length;
    } while (performance.now() - began < leastMs);
    const rate = (answered * 1000) / (performance.now() - began);
    if (rate < best * worthwhile) return Math.max(best, rate);
    best = rate;
  }
  return best;
}
