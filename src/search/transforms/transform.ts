import type { z } from 'zod';
import type { DatasetOptions } from '../../data/dataset.js';
import type { Progress } from '../../progress.js';

/** Settings of a transform as plain data: what a recipe holds, what a cache is keyed by. */
export type Settings = Readonly<Record<string, unknown>>;

/** What every transform is given beside its settings. */
export interface TransformJob {
  readonly model: string;
  readonly output: string;
  readonly data?: string | undefined;
  readonly dataset?: DatasetOptions | undefined;
  readonly threads?: number | undefined;
  /** Times the artifact against its input, where the transform can. */
  readonly measure?: boolean | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What came of it: the result object of the command, and its warnings. */
export interface Transformed {
  readonly warnings: readonly string[];
  readonly result: object;
}

/**
 * A command that makes one model out of another. The search and recipes know it by this declaration alone.
 * Adding one: a file that exports it, and a line in `list.ts`.
 */
export interface Transform {
  /** The name of the command, and of the step in a recipe. */
  readonly name: string;
  readonly summary: string;
  /** True when samples change what it makes. */
  readonly readsSamples: boolean;
  /** Its settings: a strict object whose defaults are the command's own. */
  readonly settings: z.ZodType<Settings>;
  apply(settings: Settings, job: TransformJob): Promise<Transformed>;
  /** The flags of the command that stand for these settings. */
  flags(settings: Settings): string[];
}

/** Declares a transform whose functions take settings as its schema gives them. */
export function defineTransform<Parsed extends Settings>(
  declared: Omit<Transform, 'settings' | 'apply' | 'flags'> & {
    readonly settings: z.ZodType<Parsed>;
    readonly apply: (settings: Parsed, job: TransformJob) => Promise<Transformed>;
    readonly flags: (settings: Parsed) => string[];
  },
): Transform {
  const { settings: schema, apply, flags } = declared;
  return {
    ...declared,
    settings: schema,
    apply: (settings, job) => apply(schema.parse(settings), job),
    flags: (settings) => flags(schema.parse(settings)),
  };
}

/** `--name value` for a setting that is there. */
export function flag(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`--${name}`, String(value)];
}

/** `--name value` for each of several values. */
export function flagEach(name: string, values: readonly string[] | undefined): string[] {
  return (values ?? []).flatMap((value) => flag(name, value));
}
