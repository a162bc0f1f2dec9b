import type { Device } from './device.js';

/** What one operator call computes and moves. */
export interface Work {
  /** Multiply-accumulates for one sample. */
  readonly macs: number;
  /** Read at every run, whatever the batch is. */
  readonly weightBytes: number;
  /** Inputs and outputs of one sample. */
  readonly activationBytes: number;
}

/** Element types that devices have peaks for. */
export type Precision = 'float32' | 'float16' | 'bfloat16' | 'int8';

/** A bound by the device's peaks, and what it would cost: an estimate and no measurement. */
export interface Estimate {
  readonly estimate: true;
  readonly device: string;
  readonly precision: Precision;
  readonly batch: number;
  /** No run is faster than this. */
  readonly latency_ms: number;
  readonly throughput_per_s: number;
  /** What most of that time is spent on. */
  readonly bound_by: 'compute' | 'memory';
  readonly usd_per_million: number | null;
}

/**
 * The roofline of Williams, Waterman and Patterson (2009), operator by operator: each takes the longer of computing
 * at the peak and moving its bytes at full bandwidth. Launches, transfers and whatever keeps real kernels from their
 * peak are left out, so real times are longer, small batches by much. Undefined where the device has no such type.
 */
export function roofline(
  work: readonly Work[],
  device: Device,
  precision: Precision,
  batch: number,
): Estimate | undefined {
  const peak = device.peak_tera_per_s[precision];
  if (peak === undefined) return undefined;
  let compute = 0;
  let memory = 0;
  let total = 0;
  for (const { macs, weightBytes, activationBytes } of work) {
    const computeMs = (2 * macs * batch) / (peak * 1e9);
    const memoryMs = (weightBytes + activationBytes * batch) / (device.memory_gb_per_s * 1e6);
    total += Math.max(computeMs, memoryMs);
    if (computeMs >= memoryMs) compute += computeMs;
    else memory += memoryMs;
  }
  const throughput = (batch * 1000) / total;
  return {
    estimate: true,
    device: device.name,
    precision,
    batch,
    latency_ms: total,
    throughput_per_s: throughput,
    bound_by: compute >= memory ? 'compute' : 'memory',
    usd_per_million: device.usd_per_hour === null ? null : (device.usd_per_hour / (throughput * 3600)) * 1e6,
  };
}
