import { z } from 'zod';

const peak = z.number().positive();

/**
 * A device as its maker describes it. Peaks are dense (no sparsity) tera-operations a second, a multiply-accumulate
 * counted as two; what a device does not have is left out.
 */
export const deviceSchema = z.strictObject({
  name: z.string().min(1),
  summary: z.string(),
  peak_tera_per_s: z.strictObject({
    float32: peak.optional(),
    float16: peak.optional(),
    bfloat16: peak.optional(),
    int8: peak.optional(),
  }),
  memory_gb_per_s: peak,
  /** Of one device, on demand, where the price was found; null for a device of one's own. */
  usd_per_hour: peak.nullable(),
  /** Where the figures come from. */
  sources: z.array(z.string().min(1)).min(1),
});

export type Device = z.infer<typeof deviceSchema>;
