import { describe, expect, it } from 'vitest';
import { runLive, type LiveTarget } from '../../../src/bench/serving/live-batcher.js';

/** A pool of stand-ins that take a fixed time, whatever the batch is. */
function poolOf(milliseconds: number): { pool: LiveTarget; sent: number[] } {
  const sent: number[] = [];
  const run = (_: number, batch: number): Promise<boolean> => {
    sent.push(batch);
    return new Promise((resolve) => setTimeout(resolve, milliseconds, true));
  };
  return { pool: { run }, sent };
}
const server = { maxBatch: 4, windowMs: 0, preferred: [], instances: 1, queueLimit: 0 };

describe('runLive', () => {
  it('joins what came while it was busy, and counts latency from when a request was due', async () => {
    const { pool, sent } = poolOf(60);
    const run = await runLive(pool, Float64Array.of(0, 10, 20, 30), server);
    expect(sent).toEqual([1, 3]);
    expect(run.batches).toBe(2);
    expect(run.latencies[0]).toBeGreaterThanOrEqual(59);
    expect(run.latencies[1]).toBeGreaterThanOrEqual(109);
    expect(run.latencies[1]! - run.latencies[3]!).toBeCloseTo(20, 5);
    expect([...run.serviceTimes.keys()]).toEqual([1, 3]);
  });

  it('waits for the window, and sends a full batch at once', async () => {
    const waiting = poolOf(1);
    const run = await runLive(waiting.pool, Float64Array.of(0, 5), { ...server, windowMs: 40 });
    expect(waiting.sent).toEqual([2]);
    expect(run.latencies[0]).toBeGreaterThanOrEqual(40);
    const full = poolOf(1);
    await runLive(full.pool, Float64Array.of(0, 1, 2, 3), { ...server, windowMs: 60_000 });
    expect(full.sent).toEqual([4]);
  });

  it('ends a static batch that stays incomplete, and refuses what the queue does not hold', async () => {
    const { pool, sent } = poolOf(50);
    const run = await runLive(pool, Float64Array.of(0, 1, 2, 3, 4), {
      ...server,
      maxBatch: 1,
      queueLimit: 2,
    });
    expect(run.refused).toBe(2);
    expect(sent).toEqual([1, 1, 1]);
    const last = poolOf(1);
    await runLive(last.pool, Float64Array.of(0, 1, 2), { ...server, maxBatch: 2, windowMs: Infinity });
    expect(last.sent).toEqual([2, 1]);
  });

  it('ends with the failure of a run, and when it is aborted', async () => {
    const pool = { run: () => Promise.reject(new Error('died')) };
    await expect(runLive(pool, Float64Array.of(0), server)).rejects.toThrow('died');
    const abort = AbortSignal.timeout(30);
    await expect(runLive(poolOf(5).pool, Float64Array.of(0, 100, 200), server, abort)).rejects.toThrow();
  });
});
