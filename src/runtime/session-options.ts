import type { InferenceSession } from 'onnxruntime-node';

export interface SessionOptions {
  /** Threads inside an operator; 1 without, so that measurements do not depend on the machine's load. */
  readonly threads?: number | undefined;
  /** How far the runtime rewrites the graph; `all` without, as its users get it. */
  readonly optimization?: 'disabled' | 'basic' | 'extended' | 'all' | undefined;
  /** False keeps weights as they lie instead of laying them out for the kernels: opens fast, runs slower. */
  readonly prepack?: boolean | undefined;
  /** False takes memory for each value when it is computed, not for all of them in one piece at the start of a run. */
  readonly memoryPattern?: boolean | undefined;
  /** Records the time of every kernel into `<prefix>_<date>.json`, complete after `close`. */
  readonly profilePrefix?: string | undefined;
  /** Where the runtime writes the graph as it will run it. */
  readonly optimizedModelPath?: string | undefined;
  /**
   * A file name beside `optimizedModelPath` for the large weights of that graph, so that it may be larger
   * than the 2 GiB that an ONNX file can have.
   */
  readonly optimizedWeightsFile?: string | undefined;
  /** Lengths for symbolic dimensions, by name. */
  readonly freeDimensions?: Readonly<Record<string, number>> | undefined;
  /** Where external data lies when the model is given as bytes. */
  readonly externalDataDirectory?: string | undefined;
  /** Rewrites of the runtime that are left out, by its own names; unknown names are ignored. */
  readonly disabledOptimizers?: readonly string[] | undefined;
  /** Lets the runtime's own warnings through to stderr. */
  readonly verbose?: boolean | undefined;
}

/** The same in the runtime's own words. Its settings without a field of their own go through `extra`. */
export function runtimeOptions(options: SessionOptions): InferenceSession.SessionOptions {
  const session: Record<string, string> = {};
  if (options.prepack === false) session.disable_prepacking = '1';
  if (options.externalDataDirectory !== undefined) {
    session.model_external_initializers_file_folder_path = options.externalDataDirectory;
  }
  if (options.optimizedWeightsFile !== undefined) {
    session.optimized_model_external_initializers_file_name = options.optimizedWeightsFile;
    session.optimized_model_external_initializers_min_size_in_bytes = '1024';
  }
  const optimization: Record<string, string> = {};
  if (options.disabledOptimizers !== undefined) {
    optimization.disable_specified_optimizers = options.disabledOptimizers.join(';');
  }
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: options.threads ?? 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: options.optimization ?? 'all',
    logSeverityLevel: options.verbose === true ? 2 : 4,
    extra: { session, optimization },
    ...(options.memoryPattern === undefined ? {} : { enableMemPattern: options.memoryPattern }),
    ...(options.profilePrefix === undefined
      ? {}
      : { enableProfiling: true, profileFilePrefix: options.profilePrefix }),
    ...(options.optimizedModelPath === undefined
      ? {}
      : { optimizedModelFilePath: options.optimizedModelPath }),
    ...(options.freeDimensions === undefined ? {} : { freeDimensionOverrides: options.freeDimensions }),
  };
}
