import { median } from './statistics/percentile.js';

/** How steady the machine itself was while it measured: a fixed piece of work, timed again and again. */
export interface ReferenceLoad {
  /** Median time of the work, in milliseconds: two machines, or one on two days, can be told apart by it. */
  readonly ms: number;
  /** Median distance from the median, relative to it. */
  readonly jitter: number;
  /** How much slower the last third was than the first, relative to it. */
  readonly drift: number;
  readonly samples: number;
}

const repetitions = 5;
const terms = 60_000;
const fewest = 6;

/** Times the work between the rounds of a measurement, in this process, which has nothing else to do then. */
export class ReferenceMeter {
  readonly #times: number[] = [];

  /** About two milliseconds of work; the fastest of its repetitions counts, as the others met an interruption. */
  sample(): void {
    let fastest = Infinity;
    for (let i = 0; i < repetitions; i++) {
      const before = performance.now();
      this.#sink += harmonic(terms);
      fastest = Math.min(fastest, performance.now() - before);
    }
    this.#times.push(fastest);
  }

  /** Null with too few samples to say anything. The first is the cold one. */
  result(): ReferenceLoad | null {
    const times = this.#times.slice(1);
    if (times.length < fewest) return null;
    const middle = median(times);
    const third = Math.floor(times.length / 3);
    const [before, after] = [median(times.slice(0, third)), median(times.slice(-third))];
    return {
      ms: middle,
      jitter: median(times.map((time) => Math.abs(time - middle))) / middle,
      drift: after / before - 1,
      samples: times.length,
    };
  }

  /** Keeps the compiler from leaving the work out. */
  #sink = 0;
}

function harmonic(count: number): number {
  let sum = 0;
  for (let i = 1; i <= count; i++) sum += 1 / (i * (1 + (sum % 1)));
  return sum;
}
