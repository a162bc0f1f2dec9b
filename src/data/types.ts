import type { DType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';

/**
 * What a model takes. A dim is a number, a symbol, or undefined; `dims` undefined means that not even the rank
 * is known. Negative numbers count as unknown, as the runtime reports them.
 */
export interface InputSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly dims: readonly (number | string | undefined)[] | undefined;
}

/** One sample: a tensor for every input of the model, the batch dim included (1 unless the model fixes another). */
export interface Sample {
  /** Names the sample in messages: a file name, `labels.jsonl:12`, or its number. */
  readonly id: string;
  readonly inputs: Map<string, Tensor>;
  readonly label?: number | undefined;
  /** Labels that are more than one number (a mask, boxes, tokens, a vector), for tasks that take them. */
  readonly target?: Tensor | undefined;
}

/** Samples that are decoded when asked for; getting one twice gives equal values. */
export interface SampleSet {
  readonly size: number;
  get(index: number): Promise<Sample>;
}

export interface Dataset {
  readonly name: string;
  /** Over the description (without the split) and the contents of every file, so that equal data has an equal sum anywhere. */
  readonly sha256: string;
  readonly task: string | undefined;
  readonly labelled: boolean;
  readonly calibrate: SampleSet;
  readonly evaluate: SampleSet;
  /** Output name -> name of the input that takes its value at the next step. Samples are then in the order of the source. */
  readonly state: ReadonlyMap<string, string>;
}
