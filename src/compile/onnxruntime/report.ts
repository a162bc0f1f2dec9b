/** Times to open a model, each in a fresh process, the two files in turns. */
export interface LoadTimes {
  /** Medians in milliseconds. */
  readonly original_ms: number;
  readonly compiled_ms: number;
  /** Ratio of the medians: above 1 the artifact opens faster. */
  readonly speedup: number;
  /** In how many of `rounds` the artifact opened faster than the original that was opened beside it. */
  readonly faster_in: number;
  readonly rounds: number;
}

export interface SameOutputs {
  readonly samples: number;
  /** Not one bit differs. */
  readonly identical: boolean;
  /** Largest absolute difference of any number. */
  readonly max_abs: number;
}

export interface OnnxruntimeReport {
  readonly target: 'onnxruntime';
  readonly format: 'onnx' | 'ort';
  /** How whoever uses the artifact must open it, in the words of onnxruntime-node. */
  readonly open_with: { readonly graphOptimizationLevel: 'disabled' };
  /** Null in a dry run, and where nothing was to be measured. */
  readonly load: LoadTimes | null;
  /** Null in a dry run, and where the model cannot be run on the samples. */
  readonly outputs: SameOutputs | null;
}
