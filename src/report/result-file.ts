import { z } from 'zod';
import { InferOptError, messageOf } from '../errors.js';

/** A result in a file, before anything but its schema is known. */
export interface ResultFile {
  readonly path: string;
  /** What it says it is; undefined where it says nothing. */
  readonly schema: string | undefined;
  readonly value: unknown;
}

const named = z.looseObject({ schema: z.string() });

/** Throws `data` where the text is no JSON. */
export function resultFile(text: string, path: string): ResultFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw new InferOptError('data', `${path}: this is no JSON: ${messageOf(thrown)}`, {
      hint: 'give a file that infer-opt wrote with --json',
    });
  }
  return { path, schema: named.safeParse(value).data?.schema, value };
}
