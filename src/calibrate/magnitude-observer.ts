import type { Value } from '../ir/value.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Observer } from './observer.js';

/**
 * The largest and the mean magnitude of the finite elements of a value, in float64. Infinities and NaN are passed over:
 * masks hold them on purpose. 24 bytes.
 */
export class MagnitudeObserver implements Observer {
  readonly value: Value;
  /** 0 when nothing was observed. */
  peak = 0;
  #sum = 0;
  #count = 0;

  constructor(value: Value) {
    this.value = value;
  }

  observe(tensor: Tensor): void {
    for (const element of tensor.toFloat32()) {
      const magnitude = Math.abs(element);
      if (!Number.isFinite(magnitude)) continue;
      if (magnitude > this.peak) this.peak = magnitude;
      this.#sum += magnitude;
      this.#count++;
    }
  }

  /** 0 when nothing was observed. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }
}
