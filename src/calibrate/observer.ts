import { InferOptError } from '../errors.js';
import type { Value } from '../ir/value.js';
import type { Tensor } from '../tensor/tensor.js';
import { FloatHistogram } from './float-histogram.js';

/**
 * Something that watches one value while samples run: it takes what it needs of each tensor and keeps no
 * tensor, so that its memory does not depend on how many samples there are.
 */
export interface Observer {
  readonly value: Value;
  /** How many samples it wants to see; all of them without. */
  readonly samples?: number;
  observe(tensor: Tensor, sample: string): void | Promise<void>;
}

/** Counts every element. Throws `data`, naming sample and value, at the first NaN or infinity. 512 KiB. */
export class HistogramObserver implements Observer {
  readonly value: Value;
  readonly histogram = new FloatHistogram();

  constructor(value: Value) {
    this.value = value;
  }

  observe(tensor: Tensor, sample: string): void {
    const values = tensor.toFloat32();
    const bad = this.histogram.add(values);
    if (bad < 0) return;
    throw new InferOptError(
      'data',
      `value ${this.value.name} is ${values[bad]!} at element ${bad} for sample ${sample}`,
      { hint: 'leave this sample out, or find out why the original model overflows on it' },
    );
  }
}

/** The mean of each channel, in float64. `axis` counts from the end where it is negative. 8 bytes a channel. */
export class ChannelMeansObserver implements Observer {
  readonly value: Value;
  readonly samples: number;
  readonly #axis: number;
  #sums: Float64Array | undefined;
  #perChannel = 0;

  constructor(value: Value, axis: number, samples = Infinity) {
    this.value = value;
    this.#axis = axis;
    this.samples = samples;
  }

  observe(tensor: Tensor): void {
    const { channels, inner, outer } = channelLayout(tensor, this.#axis);
    const values = tensor.toFloat32();
    this.#sums ??= new Float64Array(channels);
    let at = 0;
    for (let o = 0; o < outer; o++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (const end = at + inner; at < end; at++) sum += values[at]!;
        this.#sums[channel] = (this.#sums[channel] ?? 0) + sum;
      }
    }
    this.#perChannel += outer * inner;
  }

  /** Undefined when nothing was observed. */
  get means(): Float64Array | undefined {
    const count = this.#perChannel;
    return count === 0 ? undefined : this.#sums?.map((sum) => sum / count);
  }
}

/** The largest magnitude of each channel. `axis` counts from the end where it is negative. 8 bytes a channel. */
export class ChannelPeaksObserver implements Observer {
  readonly value: Value;
  readonly samples: number;
  readonly #axis: number;
  /** Undefined when nothing was observed. */
  peaks: Float64Array | undefined;

  constructor(value: Value, axis: number, samples = Infinity) {
    this.value = value;
    this.#axis = axis;
    this.samples = samples;
  }

  observe(tensor: Tensor): void {
    const { channels, inner, outer } = channelLayout(tensor, this.#axis);
    const values = tensor.toFloat32();
    this.peaks ??= new Float64Array(channels);
    let at = 0;
    for (let o = 0; o < outer; o++) {
      for (let channel = 0; channel < channels; channel++) {
        let peak = this.peaks[channel] ?? 0;
        for (const end = at + inner; at < end; at++) {
          const magnitude = Math.abs(values[at]!);
          if (magnitude > peak) peak = magnitude;
        }
        this.peaks[channel] = peak;
      }
    }
  }
}

function channelLayout(tensor: Tensor, from: number): { channels: number; inner: number; outer: number } {
  const axis = from < 0 ? tensor.dims.length + from : from;
  const channels = tensor.dims[axis] ?? 1;
  const inner = tensor.dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  return { channels, inner, outer: tensor.size / Math.max(1, channels * inner) };
}
