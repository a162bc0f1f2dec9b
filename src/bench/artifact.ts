import { InferOptError, messageOf } from '../errors.js';
import { ModelProcess, type ModelProcessOptions } from '../runtime/process/model-process.js';
import type { AccuracyResult } from './accuracy.js';
import type { ArtifactFile } from './artifact-file.js';
import { ServedModel, type ServerAddress } from './kserve/served-model.js';
import type { KernelSummary, OperatorTime, ServerResult } from './result.js';
import type { Blocks } from './statistics/bootstrap.js';
import type { Opening } from './opening.js';
import type { Subject } from './subject.js';
import type { WarmUp } from './warm-up.js';

/** Latencies at one batch size. */
export interface BatchTimes {
  readonly batch: number;
  /** The baseline's blocks: of the same rounds, or of an earlier run. */
  readonly baseline: Blocks;
  readonly blocks: Blocks;
  readonly warmUp: WarmUp | undefined;
  readonly stopped: 'precise' | 'time' | 'interrupted';
  /** False where the baseline's rounds are those of an earlier run. */
  readonly paired: boolean;
}

/** What is known of one artifact so far; once it has failed, nothing more is asked of it. */
export class Artifact {
  readonly path: string;
  readonly role: 'baseline' | 'candidate';
  /** Its numbers are those of an earlier run: nothing is asked of it. */
  readonly stored: boolean;
  /** Where it is served, for a model that is no file of ours. */
  readonly address: ServerAddress | undefined;
  served: ServedModel | undefined;
  /** Session options that it is opened with, on top of the defaults. */
  session: Readonly<Record<string, unknown>> | undefined;
  /** Another tool than the runtime runs it: nothing is known of its kernels, and it takes one request at a time. */
  isForeign = false;
  subject: Subject | undefined;
  error: InferOptError | undefined;
  file: ArtifactFile = { sha256: '', bytes: 0 };
  nodes: number | null = null;
  accuracy: AccuracyResult | undefined;
  kernels: KernelSummary | null = null;
  operators: OperatorTime[] | null = null;
  loadMs: number | null = null;
  peakMemory: number | null = null;
  server: ServerResult | null = null;
  readonly times: BatchTimes[] = [];

  constructor(
    path: string,
    role: 'baseline' | 'candidate',
    from: { readonly stored?: boolean; readonly address?: ServerAddress } = {},
  ) {
    this.path = path;
    this.role = role;
    this.stored = from.stored ?? false;
    this.address = from.address;
  }

  /** Opens the artifact in a process of its own, or connects to its server. A baseline's failure is thrown, a candidate's kept. */
  async open(options: ModelProcessOptions, opening?: Opening): Promise<void> {
    await this.attempt(async () => {
      const { path, role, address } = this;
      if (address !== undefined) this.served = await ServedModel.connect(address, options);
      this.session = opening?.session;
      this.isForeign = opening?.open !== undefined;
      const session = this.session === undefined ? {} : { session: this.session };
      const process =
        this.served ??
        (opening?.open
          ? await opening.open(options)
          : await ModelProcess.start(path, { ...options, ...session }));
      this.subject = { path, role, process };
      this.loadMs = process.loadMs;
    });
  }

  /** Does the work unless the artifact has failed. A baseline's failure is thrown, a candidate's kept. */
  async attempt(work: () => Promise<void> | void): Promise<void> {
    if (this.error) return;
    try {
      await work();
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  failed(thrown: unknown): void {
    if (this.role === 'baseline' || !(thrown instanceof InferOptError) || thrown.code === 'internal')
      throw thrown;
    this.error ??= thrown;
  }

  /** The failure in one line, or null. */
  get errorLine(): string | null {
    return this.error ? messageOf(this.error) : null;
  }
}
