import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { InferOptError, messageOf } from '../../errors.js';
import type { ServingSettings } from '../../serve/settings.js';

/** What a plan says for `package`. */
export interface PlannedSettings {
  readonly path: string;
  readonly settings: ServingSettings;
  readonly threads: number;
  /** Hash of the artifact that was measured; null where the times came from elsewhere. */
  readonly sha256: string | null;
  readonly peakMemoryBytes: number | null;
}

const setting = z.object({
  max_batch: z.int().min(1),
  window_ms: z.number().min(0),
  preferred: z.array(z.int().min(1)),
  instances: z.int().min(1),
  queue_limit: z.int().min(0),
});

const plan = z.object({
  schema: z.literal('infer-opt/plan@1'),
  model: z.object({ sha256: z.string().nullable(), peak_memory_bytes: z.number().nullable() }),
  workload: z.object({ threads: z.int().min(1) }),
  recommendation: z.object({ settings: setting }).nullable(),
});

/** @throws InferOptError `usage` when the file is no plan, or recommends nothing */
export async function readPlanSettings(path: string): Promise<PlannedSettings> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (thrown) {
    throw new InferOptError('usage', `cannot read the plan ${path}: ${messageOf(thrown)}`, { cause: thrown });
  }
  const parsed = plan.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InferOptError('usage', `${path} is no plan: ${issue!.path.join('.')}: ${issue!.message}`, {
      hint: 'write one with infer-opt plan ARTIFACT --rate 300/s --json > plan.json',
    });
  }
  const { model, workload, recommendation } = parsed.data;
  if (recommendation === null)
    throw new InferOptError('usage', `${path} recommends no setting`, { hint: 'see the reason in the plan' });
  const { settings } = recommendation;
  return {
    path,
    settings: {
      maxBatch: settings.max_batch,
      windowMs: settings.window_ms,
      preferred: settings.preferred,
      instances: settings.instances,
      queueLimit: settings.queue_limit,
      queueTimeoutMs: 0,
    },
    threads: workload.threads,
    sha256: model.sha256,
    peakMemoryBytes: model.peak_memory_bytes,
  };
}
