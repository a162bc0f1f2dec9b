import type { SampleSet } from '../../data/types.js';
import { InferOptError } from '../../errors.js';
import type { Model } from '../../ir/model.js';
import { openSession, type Session } from '../../runtime/session.js';
import { isFloat } from '../../tensor/dtype.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { MixedGoal } from './goal.js';

/** Samples by which outputs are compared number by number, as far as the memory for what is expected goes. */
const comparedSamples = 64;
const expectedBytes = 64 * 2 ** 20;

/** Numbers of a candidate against those of the model that it was made of. */
export interface Score {
  /** Infinity when nothing differs. */
  readonly sqnr: number;
  readonly cosine: number;
  /** How much smaller the share of right answers is; undefined where answers are not judged. */
  readonly drop: number | undefined;
}

/** Holds the outputs of the float model, against which candidates are scored one by one. */
export class Scorer {
  readonly #samples: SampleSet;
  readonly #threads: number;
  readonly #isRight: MixedGoal['isRight'];
  readonly #expected: readonly ReadonlyMap<string, Tensor>[];
  readonly #rightShare: number | undefined;

  private constructor(
    samples: SampleSet,
    threads: number,
    isRight: MixedGoal['isRight'],
    expected: readonly ReadonlyMap<string, Tensor>[],
    rightShare: number | undefined,
  ) {
    this.#samples = samples;
    this.#threads = threads;
    this.#isRight = isRight;
    this.#expected = expected;
    this.#rightShare = rightShare;
  }

  /**
   * Throws `usage` when answers are to be judged and no sample has a label.
   * @param most samples by which outputs are compared number by number
   */
  static async open(
    reference: Model,
    samples: SampleSet,
    threads: number,
    isRight: MixedGoal['isRight'],
    most = comparedSamples,
  ): Promise<Scorer> {
    const session = await openSession(reference, { threads });
    const expected: ReadonlyMap<string, Tensor>[] = [];
    try {
      let bytes = 0;
      for (let index = 0; index < Math.min(samples.size, most); index++) {
        if (bytes > expectedBytes) break;
        const outputs = await session.run((await samples.get(index)).inputs);
        for (const tensor of outputs.values()) bytes += tensor.byteLength;
        expected.push(outputs);
      }
      const share = isRight === undefined ? undefined : await shareOfRight(session, samples, isRight);
      if (isRight !== undefined && share === undefined) {
        throw new InferOptError('usage', 'no sample has a label that the outputs could be judged by', {
          hint: "use a gate that needs none, such as 'sqnr_db >= 30'",
        });
      }
      return new Scorer(samples, threads, isRight, expected, share);
    } finally {
      await session.close();
    }
  }

  /** `judged`: answers are judged on all samples; numbers alone without. */
  async score(candidate: Model, judged: boolean): Promise<Score> {
    const session = await openSession(candidate, { threads: this.#threads });
    let [signal, power, product, error] = [0, 0, 0, 0];
    try {
      for (const [index, expected] of this.#expected.entries()) {
        const found = await session.run((await this.#samples.get(index)).inputs);
        for (const [name, tensor] of expected) {
          if (!isFloat(tensor.dtype)) continue;
          const [a, b] = [tensor.toNumbers(), found.get(name)!.toNumbers()];
          for (let at = 0; at < a.length; at++) {
            const x = a[at]!;
            if (!Number.isFinite(x)) continue;
            const y = Number.isFinite(b[at]!) ? b[at]! : 0;
            signal += x * x;
            power += y * y;
            product += x * y;
            error += (x - y) ** 2;
          }
        }
      }
      const share =
        judged && this.#isRight !== undefined
          ? await shareOfRight(session, this.#samples, this.#isRight)
          : undefined;
      return {
        sqnr: error === 0 ? Infinity : 10 * Math.log10(signal / error),
        cosine: error === 0 ? 1 : signal === 0 || power === 0 ? 0 : product / Math.sqrt(signal * power),
        drop: share === undefined || this.#rightShare === undefined ? undefined : this.#rightShare - share,
      };
    } finally {
      await session.close();
    }
  }
}

/** What a goal looks at. */
export function valueOf({ metric }: MixedGoal, score: Score): number {
  if (metric === 'sqnr_db') return score.sqnr;
  return metric === 'cosine' ? score.cosine : (score.drop ?? NaN);
}

async function shareOfRight(
  session: Session,
  samples: SampleSet,
  isRight: NonNullable<MixedGoal['isRight']>,
): Promise<number | undefined> {
  let [right, judged] = [0, 0];
  for (let index = 0; index < samples.size; index++) {
    const sample = await samples.get(index);
    const answer = isRight(sample, await session.run(sample.inputs));
    if (answer === undefined) continue;
    judged += 1;
    if (answer) right += 1;
  }
  return judged === 0 ? undefined : right / judged;
}
