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
  /** Metrics beside those of the task. */
  readonly extraMetrics?: readonly LabelMetric[];
  /** Output name -> input that takes its value at the next sample. */
  readonly state: ReadonlyMap<string, string>;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** What a metric kept of each sample, in the order of the samples. */
export interface KeptAnswers {
  readonly metric: LabelMetric;
  readonly kept: readonly unknown[];
}

export interface AccuracyResult {
  /** For each label metric that applies. */
  readonly answers: ReadonlyMap<string, KeptAnswers>;
  /** Against the baseline; undefined for the baseline itself. */
  readonly comparison: OutputComparison | undefined;
  /** Why this candidate could not be measured to the end. */
  readonly error: InferOptError | undefined;
}

/**
 * Runs every subject on the same samples, one sample after the other, and drops the outputs once they are counted, so
 * that memory does not grow with the data. Where the first subject is the baseline, its failure ends it all; a
 * candidate's failure ends only that candidate. When aborted, what was counted by then is given. Throws `data` for
 * labels that do not fit the outputs.
 */
export async function measureAccuracy(
  subjects: readonly Subject[],
  options: AccuracyOptions,
): Promise<AccuracyResult[]> {
  const { samples, signal, progress = silentProgress } = options;
  const runners = subjects.map((subject) => new Runner(subject, options));
  const baseline = runners[0]?.role === 'baseline' ? runners[0] : undefined;
  const candidates = runners.filter((runner) => runner !== baseline);
  const step = progress.start('Comparing outputs', samples.size);
  try {
    let next = samples.size > 0 ? prefetch(samples, 0) : undefined;
    for (let index = 0; next; index++) {
      if (signal?.aborted === true) break;
      const sample = await next;
      next = index + 1 < samples.size ? prefetch(samples, index + 1) : undefined;
      const others = candidates.map((candidate) => candidate.tryRun(sample));
      const [reference, ...outputs] = await Promise.all([baseline?.run(sample), ...others]);
      const first = reference ?? outputs.find((found) => found !== undefined);
      if (!first) break;
      const scores = scoresOutput(first, (sample.label ?? 1) + 1);
      if (reference) baseline?.count(sample, reference, undefined, scores);
      candidates.forEach((candidate, i) => {
        const found = outputs[i];
        if (found) candidate.count(sample, found, reference, scores);
      });
      step.advance();
    }
  } catch (thrown) {
    if (signal?.aborted !== true) throw thrown;
  } finally {
    step.done();
  }
  return Promise.all(runners.map((runner) => runner.result()));
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
  readonly #kept = new Map<LabelMetric, unknown[]>();
  readonly #comparison: OutputComparison | undefined;
  #error: InferOptError | undefined;

  constructor(subject: Subject, options: AccuracyOptions) {
    this.#subject = subject;
    this.#state = options.state;
    const task = options.task ?? 'classification';
    const ofTask = options.labelled ? labelMetrics.filter((metric) => metric.tasks.includes(task)) : [];
    const extra = options.extraMetrics ?? [];
    // One of the same name stands instead of ours.
    this.#metrics = [...ofTask.filter(({ name }) => !extra.some((one) => one.name === name)), ...extra];
    this.#comparison = subject.role === 'baseline' ? undefined : new OutputComparison();
  }

  get role(): Subject['role'] {
    return this.#subject.role;
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
    if (this.#comparison?.incomparable) return;
    const answer = {
      sample: sample.id,
      outputs,
      scores: scores === undefined ? undefined : outputs.get(scores),
      label: sample.label,
      target: sample.target,
    };
    for (const metric of this.#metrics) {
      const found = metric.keep(answer);
      if (found === undefined) continue;
      const kept = this.#kept.get(metric);
      if (kept) kept.push(found);
      else this.#kept.set(metric, [found]);
    }
  }

  async result(): Promise<AccuracyResult> {
    const answers = new Map<string, KeptAnswers>();
    for (const [metric, kept] of this.#kept) {
      answers.set(metric.name, { metric, kept: (await metric.settle?.(kept)) ?? kept });
    }
    const compared = this.#comparison?.isEmpty === true ? undefined : this.#comparison;
    return { answers, comparison: compared, error: this.#error };
  }
}
