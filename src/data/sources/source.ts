import type { DType } from '../../tensor/dtype.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { InputSpec } from '../types.js';

/** Where a dataset lives: one path, or several files by array name (`{images: ..., labels: ...}`). Paths are absolute. */
export type Location = string | Readonly<Record<string, string>>;

/** A file that is part of the dataset, for its checksum. */
export interface SourceFile {
  readonly name: string;
  readonly path: string;
}

/** A source that was opened: arrays of samples, read one sample at a time. */
export interface OpenSource {
  /** How the source is called in messages. */
  readonly name: string;
  /** The arrays that every sample has. */
  readonly arrays: readonly string[];
  /** True when `read` decodes a picture: uint8 [height, width, 3], RGB. Worth keeping, and never fit for a model as it is. */
  readonly pictures: boolean;
  readonly files: readonly SourceFile[];
  /** How many samples there are, judged by these arrays. Throws `data` where they disagree. */
  count(arrays: readonly string[]): Promise<number>;
  /** The path or number that names a sample in messages. */
  id(index: number): string;
  /**
   * One array of one sample, without the axis that counts samples. `wanted` is the type the model takes, for
   * sources that have no types of their own (JSON).
   */
  read(index: number, array: string, wanted: DType): Promise<Tensor>;
  /** What `labels: filename-prefix` and `labels: folder` read; undefined for sources that are no folders of files. */
  readonly paths: readonly string[] | undefined;
}

/** A kind of source; each declares itself and stands in the list of `list.ts`. */
export interface SourceKind {
  readonly name: string;
  readonly summary: string;
  /** True when this kind reads what is there. Must be cheap. */
  detects(location: Location): Promise<boolean>;
  open(location: Location, inputs: readonly InputSpec[]): Promise<OpenSource>;
}

/** The path of a location that `detects` found to be one. */
export function onePath(location: Location): string {
  return typeof location === 'string' ? location : '';
}
