import { isFloat } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';
import { outputMetrics } from './metrics/list.js';
import type { OutputAccumulator, OutputMetric } from './metrics/metric.js';

/** How far a candidate's outputs are from the baseline's; null where a metric says nothing about them. */
export interface OutputNumbers {
  readonly agreement: number | null;
  readonly cosine: number | null;
  readonly sqnr_db: number | null;
  readonly kl: number | null;
  readonly max_abs: number | null;
}

/** A value that is no finite number in the candidate although the baseline's is. */
export interface NotFinite {
  readonly output: string;
  readonly sample: string;
  readonly value: string;
}

/** An output that cannot be compared: other dims, or numbers where the baseline has texts. */
export interface Incomparable {
  readonly output: string;
  readonly sample: string;
  readonly found: string;
  readonly expected: string;
}

interface Column {
  readonly metric: OutputMetric;
  readonly overall: OutputAccumulator;
  readonly byOutput: Map<string, OutputAccumulator>;
}

/** Compares a candidate's outputs with the baseline's, sample by sample, and keeps sums only. */
export class OutputComparison {
  readonly #columns: readonly Column[] = outputMetrics.map((metric) => ({
    metric,
    overall: metric.create(),
    byOutput: new Map<string, OutputAccumulator>(),
  }));
  readonly #names = new Set<string>();
  #notFinite: NotFinite | undefined;
  #incomparable: Incomparable | undefined;

  /** The first value that is not finite although the baseline's is; all numbers are null then. */
  get notFinite(): NotFinite | undefined {
    return this.#notFinite;
  }

  /** Nothing was compared. */
  get isEmpty(): boolean {
    return this.#names.size === 0;
  }

  /** The first output that could not be compared; all numbers are null then. */
  get incomparable(): Incomparable | undefined {
    return this.#incomparable;
  }

  /**
   * Adds one sample. Where one output holds the scores, it alone decides the overall agreement.
   * @param scores the name of that output
   */
  add(
    sample: string,
    reference: ReadonlyMap<string, Tensor>,
    candidate: ReadonlyMap<string, Tensor>,
    scores: string | undefined,
  ): void {
    for (const [output, expected] of reference) {
      this.#names.add(output);
      const found = candidate.get(output);
      if (!found || !comparable(expected, found)) {
        const [is, should] = [found ? shapeOf(found) : 'absent', shapeOf(expected)];
        this.#incomparable ??= { output, sample, found: is, expected: should };
        continue;
      }
      const wrong = firstNotFinite(expected, found);
      if (wrong !== undefined) this.#notFinite ??= { output, sample, value: String(wrong) };
      if (!this.#failed) this.#count(output, expected, found, scores);
    }
  }

  overall(): OutputNumbers {
    return this.#numbers(({ overall }) => overall);
  }

  byOutput(): ({ readonly name: string } & OutputNumbers)[] {
    return [...this.#names].map((name) => ({ name, ...this.#numbers(({ byOutput }) => byOutput.get(name)) }));
  }

  get #failed(): boolean {
    return this.#notFinite !== undefined || this.#incomparable !== undefined;
  }

  #count(output: string, expected: Tensor, found: Tensor, scores: string | undefined): void {
    const finite = finitePair(expected, found);
    for (const { metric, overall, byOutput } of this.#columns) {
      if (!metric.applies(expected)) continue;
      let own = byOutput.get(output);
      if (!own) byOutput.set(output, (own = metric.create()));
      const [a, b] = metric.kind === 'distance' ? finite : [expected, found];
      own.add(a, b);
      if (metric.kind === 'distance' || scores === undefined || output === scores) overall.add(a, b);
    }
  }

  #numbers(pick: (column: Column) => OutputAccumulator | undefined): OutputNumbers {
    const value = (name: keyof OutputNumbers): number | null => {
      const column = this.#columns.find(({ metric }) => metric.name === name);
      return this.#failed || !column ? null : (pick(column)?.result() ?? null);
    };
    return {
      agreement: value('agreement'),
      cosine: value('cosine'),
      sqnr_db: value('sqnr_db'),
      kl: value('kl'),
      max_abs: value('max_abs'),
    };
  }
}

function shapeOf({ dtype, dims }: Tensor): string {
  return `${dtype}[${dims.join(', ')}]`;
}

/** Floats of any width can be compared with each other: a float16 model keeps the meaning of its outputs. */
function comparable(a: Tensor, b: Tensor): boolean {
  const types = a.dtype === b.dtype || (isFloat(a.dtype) && isFloat(b.dtype));
  return types && a.dims.length === b.dims.length && a.dims.every((dim, axis) => dim === b.dims[axis]);
}

/** A value that is not finite where the reference is. */
function firstNotFinite(reference: Tensor, candidate: Tensor): number | undefined {
  if (!isFloat(candidate.dtype)) return undefined;
  const expected = reference.toNumbers();
  const found = candidate.toNumbers();
  for (let i = 0; i < found.length; i++) {
    if (!Number.isFinite(found[i]) && Number.isFinite(expected[i])) return found[i];
  }
  return undefined;
}

/** Zeros in both where the baseline itself gives no finite number (masked scores are minus infinity): no distance there. */
function finitePair(reference: Tensor, candidate: Tensor): [Tensor, Tensor] {
  if (!isFloat(reference.dtype)) return [reference, candidate];
  const expected = Float64Array.from(reference.toNumbers());
  if (expected.every(Number.isFinite)) return [reference, candidate];
  const found = Float64Array.from(candidate.toNumbers(), (value, i) =>
    Number.isFinite(expected[i]) ? value : 0,
  );
  const masked = expected.map((value) => (Number.isFinite(value) ? value : 0));
  return [Tensor.of('float64', reference.dims, masked), Tensor.of('float64', reference.dims, found)];
}
