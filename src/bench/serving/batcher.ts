/**
 * The rule by which a dynamic batcher joins requests, as Triton's does it: when an instance is free, a batch of the
 * largest size that there is goes out at once when it is full, or when its oldest request has waited for the window;
 * until then the batcher waits. With a window of 0 it sends what is there.
 */
export interface BatcherRule {
  readonly maxBatch: number;
  /** Milliseconds; Infinity waits for a full batch whatever it takes (static batching). */
  readonly windowMs: number;
  /** Sizes that go out without waiting; empty for `maxBatch` alone. */
  readonly preferred: readonly number[];
}

/** How many requests to take now; 0 to wait. `oldestMs` is how long the oldest of them has waited. */
export function batchToSend(rule: BatcherRule, waiting: number, oldestMs: number): number {
  if (waiting === 0) return 0;
  if (waiting >= rule.maxBatch) return rule.maxBatch;
  let preferred = 0;
  for (const size of rule.preferred) if (size <= waiting && size > preferred) preferred = size;
  if (preferred > 0) return preferred;
  return oldestMs >= rule.windowMs ? waiting : 0;
}
