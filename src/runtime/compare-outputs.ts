import { silentProgress, type Progress } from '../progress.js';
import type { Model } from '../ir/model.js';
import { openSession, type Session } from './session.js';
import { isFloat } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';

/** Samples, decoded when asked for (a structural view of a dataset's part). */
export interface Samples {
  readonly size: number;
  get(index: number): Promise<{ readonly inputs: ReadonlyMap<string, Tensor> }>;
}

/** How close an artifact's outputs are to the original's, over some samples. */
export interface OutputDistance {
  readonly samples: number;
  /** 10 log10 of the original's power over the power of the difference, all float outputs together; null when nothing differs. */
  readonly sqnr_db: number | null;
  readonly cosine: number;
  readonly max_abs: number;
  /** Elements that the original gives as finite numbers and the candidate does not; they count as zeros above. */
  readonly not_finite: number;
}

/**
 * Runs both on the samples and compares every float output. Values that the original does not give as finite
 * numbers are left out.
 */
export async function compareOutputs(
  original: string | Model,
  candidate: string | Model,
  samples: Samples,
  options: { readonly threads: number; readonly limit: number; readonly progress?: Progress },
): Promise<OutputDistance> {
  const count = Math.min(samples.size, options.limit);
  const first = await openSession(original, { threads: options.threads });
  const second = await openSession(candidate, { threads: options.threads });
  const step = (options.progress ?? silentProgress).start('Comparing', count);
  const sums = { reference: 0, candidate: 0, product: 0, error: 0, largest: 0, notFinite: 0 };
  try {
    for (let index = 0; index < count; index++) {
      const { inputs } = await samples.get(index);
      const expected = await first.run(inputs);
      const found = await second.run(castFeeds(inputs, second.inputs));
      for (const [name, tensor] of expected) if (isFloat(tensor.dtype)) addUp(tensor, found.get(name), sums);
      step.advance();
    }
  } finally {
    step.done();
    await first.close();
    await second.close();
  }
  return {
    samples: count,
    sqnr_db: sums.error === 0 ? null : 10 * Math.log10(sums.reference / sums.error),
    cosine:
      sums.reference === 0 || sums.candidate === 0
        ? sums.error === 0
          ? 1
          : 0
        : sums.product / Math.sqrt(sums.reference * sums.candidate),
    max_abs: sums.largest,
    not_finite: sums.notFinite,
  };
}

/** The same numbers in the types that a half-precision artifact takes. */
export function castFeeds(
  feeds: ReadonlyMap<string, Tensor>,
  inputs: Session['inputs'],
): Map<string, Tensor> {
  return new Map(
    [...feeds].map(([name, tensor]) => {
      const dtype = inputs.find((input) => input.name === name)?.dtype;
      if (dtype === undefined || dtype === tensor.dtype || !isFloat(dtype)) return [name, tensor];
      return [name, Tensor.fromNumbers(dtype, tensor.dims, tensor.toNumbers())];
    }),
  );
}

function addUp(
  expected: Tensor,
  found: Tensor | undefined,
  sums: {
    reference: number;
    candidate: number;
    product: number;
    error: number;
    largest: number;
    notFinite: number;
  },
): void {
  const a = expected.toNumbers();
  const b = found?.toNumbers() ?? [];
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!;
    if (!Number.isFinite(x)) continue;
    const given = b[i] ?? NaN;
    const finite = Number.isFinite(given);
    if (!finite) sums.notFinite += 1;
    const y = finite ? given : 0;
    sums.reference += x * x;
    sums.candidate += y * y;
    sums.product += x * y;
    sums.error += (x - y) ** 2;
    sums.largest = Math.max(sums.largest, Math.abs(x - y));
  }
}
