/** A batch of images (or of any numbers: then height and width are 1 and every number is a channel), changed in place. */
export interface ImageBatch {
  readonly data: Float32Array;
  readonly samples: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Distance between neighbours along each axis. */
  readonly strides: {
    readonly sample: number;
    readonly channel: number;
    readonly row: number;
    readonly column: number;
  };
}

/** A random change of training samples. A new one is a file that exports it and a line in `list.ts`. */
export interface Augmentation {
  readonly name: string;
  readonly summary: string;
  /** True where it needs to know what is up and what is left. */
  readonly imagesOnly: boolean;
  /** True where it makes one sample of two, which no label fits any more. */
  readonly mixes?: boolean;
  apply(batch: ImageBatch, random: () => number): void;
}
