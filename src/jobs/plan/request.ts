import { silentProgress, type Progress } from '../../progress.js';
import type { PlanResult } from '../../serve/plan/plan-result.js';
import { planServing } from './plan.js';
import { planDefaults, type PlanFlagsOfModel } from './wishes.js';

/** What `infer-opt plan` takes as flags; times are in milliseconds. A rate, a promise (`slo`) or both are needed. */
export interface PlanRequest extends Partial<PlanFlagsOfModel> {
  /** Path of the model that is to be served. */
  readonly artifact: string;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/**
 * Which batching settings an artifact should be served with, from batch times measured here.
 *
 * @throws InferOptError `usage` when a wish does not make sense, `model` when the model cannot be run
 */
export function plan({ artifact, progress, signal, ...wishes }: PlanRequest): Promise<PlanResult> {
  const work = { progress: progress ?? silentProgress, signal: signal ?? new AbortController().signal };
  return planServing(artifact, { ...planDefaults, ...wishes }, work);
}
