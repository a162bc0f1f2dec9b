import type { SampleSet, Sample } from '../data/types.js';
import { InferOptError } from '../errors.js';
import { silentProgress, type Progress } from '../progress.js';
import type { Tensor } from '../tensor/tensor.js';
import { labelMetrics } from './metrics/list.js';
import type { LabelMetric } from './metrics/metric.js';
import { scoresOutput } from './metrics/scores.js';
import { OutputComparison } from './output-comparison.js';
import { feedsFor, type Subject } from './subject.js';

export interface AccuracyOptions {
  readonly samples: SampleSet;
  readonly labelled: boolean;
  readonly task: string | undefined;
  /** Output name -> input that takes its value at the next sample. */
  readonly state: ReadonlyMap<string, string>;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export interface AccuracyResult {
  /** For each label metric that applies, whether each sample was answered right, in the order of the samples. */
  readonly answers: ReadonlyMap<string, readonly boolean[]>;
  /** Against the baseline; undefined for the baseline itself. */
  readonly comparison: OutputComparison | undefined;
  /** Why this candidate could not be measured to the end. */
  readonly error: InferOptError | undefined;
}

/**
 * Runs every subject on the same samples, one sample after the other, and drops the outputs once they are counted, so
 * that memory does not grow with the data. The first subject is the baseline: its failure ends it all, a candidate's
 * failure only that candidate. Throws `data` for labels that do not fit the scores.
 */
export async function measureAccuracy(
  subjects: readonly Subject[],
  options: AccuracyOptions,
): Promise<AccuracyResult[]> {
  const { samples, signal, progress = silentProgress } = options;
  const runners = subjects.map((subject) => new Runner(subject, options));
  const [baseline, ...candidates] = runners;
  if (!baseline) throw new InferOptError('internal', 'no baseline to measure');
  const step = progress.start('Comparing outputs', samples.size);
  try {
    let next = samples.size > 0 ? prefetch(samples, 0) : undefined;
    for (let index = 0; next; index++) {
      signal?.throwIfAborted();
      const sample = await next;
      next = index + 1 < samples.size ? prefetch(samples, index + 1) : undefined;
      const others = candidates.map((candidate) => candidate.tryRun(sample));
      const [reference, ...outputs] = await Promise.all([baseline.run(sample), ...others]);
      const scores = scoresOutput(reference, (sample.label ?? 1) + 1);
      runners.forEach((runner, i) => {
        const found = i === 0 ? reference : outputs[i - 1];
        if (found) runner.count(sample, found, i === 0 ? undefined : reference, scores);
      });
      step.advance();
    }
  } finally {
    step.done();
  }
  return runners.map((runner) => runner.result());
}

/** Starts decoding; a failure is told when the sample's turn has come. */
function prefetch(samples: SampleSet, index: number): Promise<Sample> {
  const sample = samples.get(index);
  sample.catch(() => undefined);
  return sample;
}

class Runner {
  readonly #subject: Subject;
  readonly #state: ReadonlyMap<string, string>;
  readonly #metrics: readonly LabelMetric[];
  readonly #carried = new Map<string, Tensor>();
  readonly #answers = new Map<string, boolean[]>();
  readonly #comparison: OutputComparison | undefined;
  #error: InferOptError | undefined;

  constructor(subject: Subject, options: AccuracyOptions) {
    this.#subject = subject;
    this.#state = options.state;
    const task = options.task ?? 'classification';
    this.#metrics = options.labelled ? labelMetrics.filter((metric) => metric.tasks.includes(task)) : [];
    this.#comparison = subject.role === 'baseline' ? undefined : new OutputComparison();
  }

  async run(sample: Sample): Promise<ReadonlyMap<string, Tensor>> {
    const inputs = new Map([...sample.inputs, ...this.#carried]);
    const outputs = await this.#subject.process.run(feedsFor(this.#subject, inputs));
    for (const [output, input] of this.#state) {
      const value = outputs.get(output);
      if (!value) {
        throw new InferOptError(
          'usage',
          `state: ${this.#subject.path} has no output "${output}" to feed "${input}"`,
        );
      }
      this.#carried.set(input, value);
    }
    return outputs;
  }

  /** Undefined once the subject has failed. */
  async tryRun(sample: Sample): Promise<ReadonlyMap<string, Tensor> | undefined> {
    if (this.#error) return undefined;
    try {
      return await this.run(sample);
    } catch (thrown) {
      if (!(thrown instanceof InferOptError)) throw thrown;
      this.#error = new InferOptError(thrown.code, `${thrown.message} (sample ${sample.id})`, {
        cause: thrown,
      });
      return undefined;
    }
  }

  count(
    sample: Sample,
    outputs: ReadonlyMap<string, Tensor>,
    reference: ReadonlyMap<string, Tensor> | undefined,
    scores: string | undefined,
  ): void {
    if (reference) this.#comparison?.add(sample.id, reference, outputs, scores);
    const tensor = scores === undefined ? undefined : outputs.get(scores);
    if (sample.label === undefined || !tensor || this.#comparison?.incomparable) return;
    if (sample.label >= tensor.size) {
      throw new InferOptError(
        'data',
        `sample ${sample.id} has label ${sample.label}, and output "${scores ?? ''}" scores ${tensor.size} classes`,
        { hint: 'labels count from 0' },
      );
    }
    const values = tensor.toNumbers();
    for (const metric of this.#metrics) {
      if (tensor.size < metric.leastClasses) continue;
      const answers = this.#answers.get(metric.name) ?? [];
      answers.push(metric.isRight(values, sample.label));
      this.#answers.set(metric.name, answers);
    }
  }

  result(): AccuracyResult {
    return { answers: this.#answers, comparison: this.#comparison, error: this.#error };
  }
}
