export const precisions = ['fp32', 'fp16', 'bf16', 'int8', 'fp8'] as const;
export type Precision = (typeof precisions)[number];

export const sparsities = ['disable', 'enable', 'force'] as const;
export type Sparsity = (typeof sparsities)[number];

export const hardwareCompatibilities = ['none', 'ampere+', 'sameComputeCapability'] as const;
export type HardwareCompatibility = (typeof hardwareCompatibilities)[number];

/** What is wanted of an engine, in words that no version of trtexec has changed. */
export interface TensorRtIntent {
  /** What the layers compute in; without, what the graph itself carries. */
  readonly precision?: Precision | undefined;
  /** One text a profile, as `parseProfile` reads it; without, the shapes of the dataset or of the model. */
  readonly profiles?: readonly string[] | undefined;
  /** Scratch memory that kernels may use, in MiB; without, as much as the device has. */
  readonly workspaceMiB?: number | undefined;
  /** 0 builds fast, 5 tries most; TensorRT's own default (3) without. */
  readonly builderLevel?: number | undefined;
  /** File that keeps measured kernel times between builds; `false` for none; one of our cache without. */
  readonly timingCache?: string | false | undefined;
  /** Fails where the timing cache does not know a kernel, instead of timing it: for builds that must not vary. */
  readonly lockedTimingCache?: boolean | undefined;
  readonly sparsity?: Sparsity | undefined;
  /** The engine also runs under later versions of TensorRT. */
  readonly versionCompatible?: boolean | undefined;
  /** The engine also runs on other GPUs. */
  readonly hardwareCompatibility?: HardwareCompatibility | undefined;
  /** The engine holds no weights: they are put in when it is loaded. */
  readonly stripWeights?: boolean | undefined;
  /** Number of the GPU. */
  readonly device?: number | undefined;
  /** Path of trtexec; found by itself without. */
  readonly trtexec?: string | undefined;
  /** Plans for this version without asking trtexec: for a dry run. */
  readonly trtexecVersion?: string | undefined;
  /** How long one run of trtexec may take, in milliseconds. */
  readonly timeLimitMs?: number | undefined;
  /** Mends what can be mended in the model before it is compiled. */
  readonly fix?: boolean | undefined;
  /** Where the mended model is kept. */
  readonly saveFixed?: string | undefined;
  /** Words that are handed to trtexec as they are. */
  readonly extra?: readonly string[] | undefined;
}
