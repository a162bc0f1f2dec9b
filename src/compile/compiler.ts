import type { DatasetOptions } from '../data/dataset.js';
import type { Model } from '../ir/model.js';
import type { Progress } from '../progress.js';
import type { OnnxruntimeReport } from './onnxruntime/report.js';
import type { TensorRtIntent } from './tensorrt/intent.js';
import type { TensorRtReport } from './tensorrt/report.js';

export interface CompileRequest {
  readonly model: string;
  readonly output: string;
  /** The name of one of `compilers`. */
  readonly target: string;
  /** Dataset file or source: shapes and samples come from it; seeded inputs without. */
  readonly data?: string | undefined;
  readonly dataset?: DatasetOptions | undefined;
  readonly threads?: number | undefined;
  /** Says what would be done, and writes nothing. */
  readonly dryRun?: boolean | undefined;
  /** Builds even where the manifest says that the artifact is there already. */
  readonly force?: boolean | undefined;
  /** False leaves out what is only measured (load times, latency); outputs and precision are checked all the same. */
  readonly measure?: boolean | undefined;
  /** What only the TensorRT compiler looks at. */
  readonly tensorrt?: TensorRtIntent | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A value of a manifest that is compared and hashed. */
export type Setting =
  string | number | boolean | null | readonly Setting[] | { readonly [name: string]: Setting };

/** What a compiler found out about one artifact; the names after the compilers. */
export type CompileReport = OnnxruntimeReport | TensorRtReport;

/** What is about to be done, before anything is written. */
export interface CompilePlan {
  /** Everything that decides what the artifact will be, apart from the input's content and `environment`. */
  readonly settings: Readonly<Record<string, Setting>>;
  /** What the artifact is tied to: versions and device. */
  readonly environment: Readonly<Record<string, Setting>>;
  /** In words, what it is tied to. */
  readonly tiedTo: string;
  /** The report as far as it is known without building: what a dry run shows. */
  readonly report: CompileReport;
  readonly warnings: readonly string[];
  /** Writes the output, whole or not at all, and completes the report. Throws `environment` when the tool is absent or fails. */
  build(): Promise<BuiltArtifact>;
}

export interface BuiltArtifact {
  readonly report: CompileReport;
  readonly warnings: readonly string[];
  /** Files that the output needs beside it. */
  readonly companions: readonly string[];
}

/** Turns models into artifacts for one runtime. Adding one: a file that exports it, and a line in `list.ts`. */
export interface Compiler {
  /** What people type after `--target`. */
  readonly name: string;
  readonly summary: string;
  /** Looks at the model and the machine. Throws `usage`, `model` or `environment` for what cannot work. */
  plan(model: Model, request: CompileRequest): Promise<CompilePlan>;
}
