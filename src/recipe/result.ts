import type { Tool } from '../tool.js';
import type { Variables } from './variables.js';

/** What running a recipe did, or would do: schema `infer-opt/run@1`. */
export interface RunResult {
  readonly schema: 'infer-opt/run@1';
  readonly tool: Tool;
  readonly recipe: string;
  readonly dry_run: boolean;
  /** One for each combination of the matrix. */
  readonly jobs: readonly JobResult[];
  /** `pass` without gates; `planned` in a dry run. */
  readonly verdict: 'pass' | 'fail' | 'inconclusive' | 'planned';
  readonly cache: { readonly folder: string; readonly found: number; readonly missing: number } | null;
  readonly elapsed_ms: number;
  readonly warnings: readonly string[];
}

export interface JobResult {
  readonly matrix: Variables;
  readonly model: string;
  readonly data: string | null;
  /** Null where no step changes the model. */
  readonly output: string | null;
  readonly sha256: string | null;
  readonly steps: readonly StepResult[];
  readonly verdict: 'pass' | 'fail' | 'inconclusive' | 'planned';
}

export interface StepResult {
  readonly name: string;
  /** The command that does the same. */
  readonly does: string;
  readonly state: 'planned' | 'done' | 'cached' | 'not reached';
  readonly verdict: 'pass' | 'fail' | 'inconclusive' | null;
  readonly elapsed_ms: number;
  /** The result object of the command. */
  readonly result: object | null;
}

/** Exit status of a run: 1 when a gate failed, or was not measured. */
export function runExitStatus({ verdict }: RunResult): 0 | 1 {
  return verdict === 'fail' ? 1 : 0;
}
