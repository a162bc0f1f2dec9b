import { z } from 'zod';
import { allDTypes } from '../tensor/dtype.js';

/** The YAML dataset file. Field names are those of the file; `docs` and errors follow from it. */

const size = z.int().positive();
const perChannel = z.union([z.number(), z.array(z.number()).min(1)]);

export const inputDescription = z.strictObject({
  /** The array of the source; by default the one of the same name, or the only one. */
  array: z.string().optional(),
  /** How the array itself is laid out; pictures and image arrays are hwc, or hw without channels. */
  array_layout: z.enum(['hwc', 'chw', 'hw', 'nhwc', 'nchw', 'nhw']).optional(),
  /** The shorter side, or [height, width]. */
  resize: z.union([size, z.tuple([size, size])]).optional(),
  /** The side of a centred square, or [height, width]. */
  crop: z.union([size, z.tuple([size, size])]).optional(),
  color: z.enum(['rgb', 'bgr', 'gray']).optional(),
  layout: z.enum(['nchw', 'nhwc', 'flat']).optional(),
  type: z.enum(allDTypes as [(typeof allDTypes)[number]]).optional(),
  /** (pixel * scale - mean) / std, in the order of channels that the model takes. */
  scale: z.number().optional(),
  mean: perChannel.optional(),
  std: perChannel.optional(),
});

const count = z.int().nonnegative();

export const datasetDescription = z.strictObject({
  source: z.union([z.string().min(1), z.record(z.string(), z.string().min(1))]),
  labels: z.string().min(1).optional(),
  inputs: z.record(z.string(), inputDescription).optional(),
  state: z.record(z.string(), z.string()).optional(),
  split: z
    .strictObject({ calibrate: count.optional(), evaluate: count.optional(), seed: z.int().optional() })
    .optional(),
  task: z.string().min(1).optional(),
});

export type InputDescription = z.infer<typeof inputDescription>;
export type DatasetDescription = z.infer<typeof datasetDescription>;
