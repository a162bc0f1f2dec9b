import type { Tensor } from '../tensor/tensor.js';

/** Elements that are kept of a value, at most, all channels together: a megabyte. */
const mostKept = 2 ** 18;

/** Fewer say little about a channel, many more say nothing new. */
const keptOfChannel = { least: 64, most: 20_000 };

/**
 * What an inner value looks like over samples that come a few at a time: its mean square, and elements of each
 * channel (axis 1) at places that are the same for every model, thinned out as more come.
 */
export class ChannelTraces {
  #dims: readonly number[] = [];
  #sumOfSquares = 0;
  #count = 0;
  /** The channels' elements at place 0, then at place `#stride`, and so on: places are counted over all samples. */
  #kept = new Float32Array(0);
  #room = 0;
  #rows = 0;
  #stride = 1;
  #places = 0;

  /** Values of one sample or more: the first axis counts them. */
  add(tensor: Tensor): void {
    const values = tensor.toNumbers();
    this.#dims = tensor.dims;
    for (let i = 0; i < values.length; i++) this.#sumOfSquares += values[i]! ** 2;
    this.#count += values.length;
    if (tensor.dims.length >= 2) this.#keep(values, tensor.dims);
  }

  #keep(values: ArrayLike<number>, dims: readonly number[]): void {
    const [samples, channels] = dims as [number, number];
    if (this.#kept.length === 0) {
      const { least, most } = keptOfChannel;
      this.#room = Math.min(most, Math.max(least, Math.floor(mostKept / channels)));
      this.#kept = new Float32Array(this.#room * channels);
    }
    const places = values.length / (samples * channels);
    const first = this.#places;
    this.#places += samples * places;
    for (let place = this.#next(); place < this.#places; place = this.#next()) {
      const at = place - first;
      const start = Math.floor(at / places) * channels * places + (at % places);
      const row = this.#rows * channels;
      for (let channel = 0; channel < channels; channel++) {
        this.#kept[row + channel] = values[start + channel * places]!;
      }
      this.#rows += 1;
      if (this.#rows === this.#room) this.#thinOut(channels);
    }
  }

  /** The place of the row that is kept next. */
  #next(): number {
    return this.#rows * this.#stride;
  }

  /** Leaves every second row. */
  #thinOut(channels: number): void {
    const left = Math.ceil(this.#rows / 2);
    for (let row = 1; row < left; row++) {
      this.#kept.copyWithin(row * channels, 2 * row * channels, (2 * row + 1) * channels);
    }
    this.#rows = left;
    this.#stride *= 2;
  }

  /** Lengths of the values that came last; the first one says nothing. */
  get dims(): readonly number[] {
    return this.#dims;
  }

  get channels(): number {
    return this.#dims[1] ?? 0;
  }

  /** Over all elements; 1 where there are none. */
  get meanSquare(): number {
    return this.#count === 0 ? 1 : this.#sumOfSquares / this.#count;
  }

  /** The kept elements of each channel with mean 0 and norm 1; those of a channel that does not change are zeros. */
  normalized(): Float64Array[] {
    const { channels } = this;
    return Array.from({ length: channels }, (_, channel) => {
      const own = Float64Array.from(
        { length: this.#rows },
        (_, row) => this.#kept[row * channels + channel]!,
      );
      const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
      const centred = own.map((value) => value - mean);
      const norm = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0));
      return norm > 0 ? centred.map((value) => value / norm) : centred;
    });
  }
}
