import type { EnumName, Message } from './text-format.js';

/**
 * Triton's model configuration, as far as we write it; fields are named and typed as in model_config.proto
 * (https://github.com/triton-inference-server/common/blob/main/protobuf/model_config.proto).
 * A type and not an interface: it is a `Message`, whose fields are open.
 */
export type ModelConfig = {
  readonly name: string;
  readonly platform?: string | undefined;
  readonly backend?: string | undefined;
  readonly max_batch_size?: number | undefined;
  readonly input?: readonly TensorConfig[] | undefined;
  readonly output?: readonly TensorConfig[] | undefined;
  readonly version_policy?: Message | undefined;
  readonly dynamic_batching?: Message | undefined;
  readonly sequence_batching?: Message | undefined;
  readonly ensemble_scheduling?: Message | undefined;
  readonly instance_group?: readonly Message[] | undefined;
  readonly optimization?: Message | undefined;
  readonly response_cache?: Message | undefined;
  readonly model_warmup?: readonly Message[] | undefined;
  readonly parameters?: readonly Message[] | undefined;
};

export type TensorConfig = {
  readonly name: string;
  readonly data_type: EnumName;
  /** Without the batch; -1 where any length goes. Never empty: a scalar has [1] and an empty `reshape`. */
  readonly dims: readonly number[];
  readonly reshape?: { readonly shape: readonly number[] } | undefined;
  readonly label_filename?: string | undefined;
};
