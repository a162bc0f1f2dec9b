import { ArtifactError } from './failure.js';
import { median } from './statistics/percentile.js';

/** Memory of a process after so many runs. */
interface Reading {
  readonly runs: number;
  readonly bytes: number;
}

/** What a model takes more and more of. */
export interface Leak {
  readonly bytesPerRun: number;
  readonly from: number;
  readonly to: number;
  readonly runs: number;
}

const fewestReadings = 6;
/** Less growth than this says nothing: arenas and caches of a healthy process stray by some megabytes. */
const leastGrowth = 16 * 2 ** 20;
/** A process that fills its caches grows less and less; one that leaks grows on. */
const leastPersistence = 0.5;

/** Readings of one process between the rounds of a measurement. */
export class MemoryWatch {
  readonly #readings: Reading[] = [];

  add(runs: number, bytes: number): void {
    this.#readings.push({ runs, bytes });
  }

  /**
   * A leak: of three thirds of the readings each lies wholly above the one before, by enough, and the last step is at least
   * half of the first. Undefined where there is none, or too few readings to tell.
   */
  leak(): Leak | undefined {
    const readings = this.#readings;
    if (readings.length < fewestReadings) return undefined;
    const third = Math.floor(readings.length / 3);
    const thirds = [
      readings.slice(0, third),
      readings.slice(third, readings.length - third),
      readings.slice(-third),
    ].map((part) => {
      const bytes = part.map((one) => one.bytes);
      return { least: Math.min(...bytes), most: Math.max(...bytes), middle: median(bytes) };
    });
    const [first, second, last] = thirds as [Third, Third, Third];
    const growth = last.middle - first.middle;
    const persistent = last.middle - second.middle >= leastPersistence * (second.middle - first.middle);
    if (!(second.least > first.most && last.least > second.most) || growth < leastGrowth || !persistent)
      return undefined;
    const [start, end] = [readings[0]!, readings.at(-1)!];
    const runs = end.runs - start.runs;
    return { bytesPerRun: (end.bytes - start.bytes) / runs, from: start.bytes, to: end.bytes, runs };
  }
}

interface Third {
  readonly least: number;
  readonly most: number;
  readonly middle: number;
}

export function leakError(path: string, { bytesPerRun, from, to, runs }: Leak): ArtifactError {
  const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  const each = bytesPerRun >= 2 ** 20 ? mebibytes(bytesPerRun) : `${(bytesPerRun / 1024).toPrecision(2)} KiB`;
  return new ArtifactError(
    'leak',
    `${path}: it leaks: its memory grew from ${mebibytes(from)} to ${mebibytes(to)} in ${runs} runs, ${each} a run`,
    'an operator or the runtime keeps memory of every run: a server with it would end',
  );
}
