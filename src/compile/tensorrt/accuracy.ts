import path from 'node:path';
import type { Dataset } from '../../data/dataset.js';
import { InferOptError } from '../../errors.js';
import type { Progress } from '../../progress.js';
import { openSession } from '../../runtime/session.js';
import type { EngineRun } from './commands/job.js';
import type { EngineAccuracy } from './report.js';
import { runSample } from './run-sample.js';

/** Each sample is a run of trtexec, with its start of several seconds. */
const mostSamples = 8;

export interface AccuracyOptions {
  /** The model as it was given, not as it was mended: that is what the engine stands for. */
  readonly model: string;
  readonly engine: string;
  readonly dataset: Dataset;
  readonly folder: string;
  readonly progress: Progress;
  /** Runs trtexec with these words; throws when it fails. */
  readonly run: (words: readonly string[]) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/** Compares what the engine gives with what the model gives in onnxruntime, on samples of the dataset. */
export async function measureAccuracy(job: EngineRun, options: AccuracyOptions): Promise<EngineAccuracy> {
  const { dataset, folder, progress, signal } = options;
  const samples = dataset.evaluate.size > 0 ? dataset.evaluate : dataset.calibrate;
  const count = Math.min(samples.size, mostSamples);
  const session = await openSession(options.model);
  const step = progress.start('Comparing outputs', count);
  const distance = new Distance();
  try {
    for (let index = 0; index < count; index++) {
      signal?.throwIfAborted();
      const { inputs } = await samples.get(index);
      const expected = await session.run(inputs);
      const place = path.join(folder, `sample-${index}`);
      const actual = await runSample(job, inputs, {
        engine: options.engine,
        folder: place,
        run: options.run,
      });
      for (const [name, tensor] of expected) {
        const values = actual.get(name)?.values;
        if (values?.length !== tensor.size) {
          throw new InferOptError(
            'environment',
            `the engine gives ${values === undefined ? 'no output' : `${values.length} numbers for output`} ${name} instead of ${tensor.size}`,
          );
        }
        distance.add(tensor.toNumbers(), values);
      }
      step.advance();
    }
  } finally {
    step.done();
    await session.close();
  }
  return { samples: count, dataset: dataset.name, ...distance.result() };
}

class Distance {
  #dot = 0;
  #signal = 0;
  #other = 0;
  #noise = 0;
  #maxAbs = 0;

  add(expected: ArrayLike<number>, actual: ArrayLike<number>): void {
    for (let i = 0; i < expected.length; i++) {
      const [a, b] = [expected[i]!, actual[i]!];
      // Both see no number: they agree, and nothing can be summed.
      if (Number.isNaN(a) && Number.isNaN(b)) continue;
      this.#dot += a * b;
      this.#signal += a * a;
      this.#other += b * b;
      this.#noise += (a - b) ** 2;
      const distance = Math.abs(a - b);
      this.#maxAbs = Math.max(this.#maxAbs, Number.isNaN(distance) ? Infinity : distance);
    }
  }

  result(): Pick<EngineAccuracy, 'cosine' | 'sqnr_db' | 'max_abs'> {
    const scale = Math.sqrt(this.#signal * this.#other);
    return {
      cosine: scale === 0 ? (this.#noise === 0 ? 1 : 0) : this.#dot / scale,
      sqnr_db: this.#noise === 0 ? null : 10 * Math.log10(this.#signal / this.#noise),
      max_abs: this.#maxAbs,
    };
  }
}
