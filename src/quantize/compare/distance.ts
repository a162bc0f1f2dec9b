import type { Range } from '../../calibrate/range-method.js';
import type { Tensor } from '../../tensor/tensor.js';

/** Channels whose scale differs by more than this factor may have been scaled on purpose. */
const scaledBeyond = 1.05;

/** What the scale explains must be this large, as a share of the error, before it is taken for scaling. */
const explained = 0.7;

/** With fewer elements for each channel a scale explains anything. */
const fewestElements = 16;

/** How far a value of the candidate is from that of the baseline. */
export interface Distance {
  /** 10 log10 of signal over error; Infinity when nothing differs. */
  readonly sqnrDb: number;
  readonly maxAbs: number;
  /** True when channels are scaled against the baseline's, and the scale was taken out before comparing. */
  readonly scaled: boolean;
  /** Share of the baseline's elements that lie outside the range of the candidate's integers. */
  readonly clipped: number | undefined;
}

/** Sums over samples, in float64, one set for each channel: along axis 1, or the last one of a matrix. */
export class DistanceSum {
  readonly #range: Range | undefined;
  #signal = new Float64Array(0);
  #product = new Float64Array(0);
  #power = new Float64Array(0);
  #error = 0;
  #maxAbs = 0;
  #outside = 0;
  #count = 0;
  #comparable = true;

  constructor(range: Range | undefined) {
    this.#range = range;
  }

  add(expected: Tensor, found: Tensor): void {
    if (expected.size !== found.size) {
      this.#comparable = false;
      return;
    }
    const axis = expected.dims.length > 2 ? 1 : expected.dims.length - 1;
    const channels = Math.max(1, expected.dims[axis] ?? 1);
    const inner = Math.max(
      1,
      expected.dims.slice(axis + 1).reduce((a, b) => a * b, 1),
    );
    if (this.#signal.length !== channels && this.#count > 0) this.#comparable = false;
    if (this.#signal.length < channels) {
      [this.#signal, this.#product, this.#power] = [this.#signal, this.#product, this.#power].map((sums) => {
        const longer = new Float64Array(channels);
        longer.set(sums);
        return longer;
      }) as [Float64Array<ArrayBuffer>, Float64Array<ArrayBuffer>, Float64Array<ArrayBuffer>];
    }
    const [a, b] = [expected.toNumbers(), found.toNumbers()];
    const { low, high } = this.#range ?? { low: -Infinity, high: Infinity };
    for (let at = 0; at < a.length; at++) {
      const x = a[at]!;
      if (!Number.isFinite(x)) continue;
      const y = Number.isFinite(b[at]!) ? b[at]! : 0;
      const channel = Math.floor(at / inner) % channels;
      this.#signal[channel] = this.#signal[channel]! + x * x;
      this.#product[channel] = this.#product[channel]! + x * y;
      this.#power[channel] = this.#power[channel]! + y * y;
      this.#error += (x - y) ** 2;
      if (Math.abs(x - y) > this.#maxAbs) this.#maxAbs = Math.abs(x - y);
      if (x < low || x > high) this.#outside += 1;
    }
    this.#count += a.length;
  }

  /** Undefined when shapes do not fit together, or nothing was seen. */
  finish(): Distance | undefined {
    if (!this.#comparable || this.#count === 0) return undefined;
    const signal = this.#signal.reduce((sum, power) => sum + power, 0);
    const plain = this.#error;
    const unscaled = this.#unscaledError();
    const scaled = unscaled !== undefined && unscaled < (1 - explained) * plain;
    const error = scaled ? unscaled : plain;
    return {
      sqnrDb: error === 0 ? Infinity : 10 * Math.log10(signal / error),
      maxAbs: this.#maxAbs,
      scaled,
      clipped: this.#range === undefined || scaled ? undefined : this.#outside / this.#count,
    };
  }

  /** The error after each channel is divided by its own best scale; undefined when all scales are near 1, or little was seen. */
  #unscaledError(): number | undefined {
    if (this.#count < fewestElements * this.#signal.length) return undefined;
    let error = 0;
    let isScaled = false;
    for (let channel = 0; channel < this.#signal.length; channel++) {
      const [xx, xy, yy] = [this.#signal[channel]!, this.#product[channel]!, this.#power[channel]!];
      if (xx === 0) continue;
      if (xy <= 0) {
        error += xx;
        continue;
      }
      const scale = xy / xx;
      if (scale > scaledBeyond || scale < 1 / scaledBeyond) isScaled = true;
      error += Math.max(0, yy / scale ** 2 - xx);
    }
    return isScaled ? error : undefined;
  }
}
