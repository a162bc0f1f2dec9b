import type { z } from 'zod';
import type { DatasetOptions } from '../../data/dataset.js';
import type { Progress } from '../../progress.js';
import type { Cache } from '../../search/cache/cache.js';
import type { Settings } from '../../search/transforms/transform.js';

/** What a step is given. */
export interface StepContext {
  /** The model that the recipe begins with. */
  readonly original: string;
  /** What the steps before made of it. */
  readonly current: string;
  readonly currentSha256: string;
  /** Where a step that changes the model writes. */
  readonly output: string;
  /** A folder that is removed at the end. */
  readonly scratch: string;
  /** A path of the recipe as seen from here. */
  readonly resolve: (path: string) => string;
  readonly data: string | undefined;
  readonly dataset: DatasetOptions;
  readonly threads: number | undefined;
  readonly cache: Cache | undefined;
  readonly packaging: Packaging | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

/** What packages artifacts. Whoever runs a recipe hands it in: it joins more rooms than recipes know. */
export type Packaging = (
  artifact: string,
  output: string,
  settings: Settings,
) => Promise<{ readonly result: object; readonly warnings: readonly string[] }>;

export interface StepOutcome {
  /** The result object of the command; null where it was not made anew. */
  readonly result: object | null;
  readonly warnings: readonly string[];
  readonly cached: boolean;
  /** Of a step that judges. */
  readonly verdict?: 'pass' | 'fail' | 'inconclusive';
  /** True when something could not be measured and no gate says so. */
  readonly unmeasured?: boolean;
}

/** One kind of step. Adding one: a file that exports it, and a line in `list.ts`. */
export interface RecipeStep {
  /** Its key in the file. */
  readonly name: string;
  readonly summary: string;
  readonly settings: z.ZodType<Settings>;
  /** True when what follows goes on with another model. */
  readonly changesModel: boolean;
  /** Files or folders that it writes beside the recipe's output, as the recipe names them. */
  outputs(settings: Settings): readonly string[];
  /** The command that does the same. */
  describe(settings: Settings): string;
  run(settings: Settings, context: StepContext): Promise<StepOutcome>;
}

/** Declares a step whose functions take settings as its schema gives them. */
export function defineStep<Parsed extends Settings>(
  declared: Omit<RecipeStep, 'settings' | 'outputs' | 'describe' | 'run'> & {
    readonly settings: z.ZodType<Parsed>;
    readonly outputs?: (settings: Parsed) => readonly string[];
    readonly describe: (settings: Parsed) => string;
    readonly run: (settings: Parsed, context: StepContext) => Promise<StepOutcome>;
  },
): RecipeStep {
  const { settings: schema, outputs, describe, run } = declared;
  return {
    ...declared,
    outputs: (settings) => outputs?.(schema.parse(settings)) ?? [],
    describe: (settings) => describe(schema.parse(settings)),
    run: (settings, context) => run(schema.parse(settings), context),
  };
}
