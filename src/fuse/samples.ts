import { openDataset, type DatasetOptions, type InputSpec } from '../data/dataset.js';
import { InferOptError, messageOf } from '../errors.js';
import type { Model } from '../ir/model.js';
import { tensorInputs } from '../ir/tensor-inputs.js';
import { isExchangeable } from '../runtime/exchange.js';
import type { Session } from '../runtime/session.js';
import { isInteger } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';

export type Feeds = ReadonlyMap<string, Tensor>;

/** A sample and what the original makes of it. */
export interface Reference {
  readonly feeds: Feeds;
  readonly outputs: ReadonlyMap<string, Tensor>;
}

export interface References {
  readonly dataset: string;
  readonly list: readonly Reference[];
  /** Why there are none. */
  readonly missing?: string;
}

/** Samples that outputs are compared on. */
const mostSamples = 4;

/**
 * Runs the original on samples: those of a dataset, or seeded ones, where lengths that the model leaves open
 * take several values and integers are made smaller until the model takes them.
 */
export async function referencesOf(
  model: Model,
  session: Session,
  data: string | undefined,
  options: DatasetOptions,
): Promise<References> {
  const unfit = session.inputs.find(({ dtype }) => dtype === undefined || !isExchangeable(dtype));
  const fetches = session.outputs.filter(({ dtype }) => dtype !== undefined && isExchangeable(dtype));
  if (unfit !== undefined) return none(`input ${unfit.name} cannot be fed`);
  if (fetches.length === 0) return none('no output can be fetched');
  const names = fetches.map(({ name }) => name);
  return data === undefined
    ? seeded(model, session, names, options.seed ?? 1)
    : fromData(model, session, names, data, options);
}

async function fromData(
  model: Model,
  session: Session,
  names: readonly string[],
  data: string,
  options: DatasetOptions,
): Promise<References> {
  const dataset = await openDataset(data, tensorInputs(model), options);
  const list: Reference[] = [];
  for (let index = 0; index < Math.min(mostSamples, dataset.calibrate.size); index++) {
    const { inputs } = await dataset.calibrate.get(index);
    list.push({ feeds: inputs, outputs: await session.run(inputs, names) });
  }
  return { dataset: dataset.name, list };
}

/** Lengths for the open dims, by their place among the names of the model; the first are tried before the odd ones. */
const trials: readonly { readonly length: (place: number) => number; readonly limit?: number }[] = [
  { length: (place) => [2, 8, 5, 3, 7][place % 5]! },
  { length: (place) => [1, 32, 16, 8, 4][place % 5]! },
  { length: () => 1 },
  { length: () => 2 },
  { length: (place) => [1, 64, 64, 64][place % 4]! },
  { length: (place) => [1, 224, 224][place % 3]! },
  { length: (place) => [1, 512][place % 2]! },
  { length: (place) => [1, 256][place % 2]! },
  { length: () => 1, limit: 2 },
  { length: () => 4, limit: 1 },
  { length: () => 8, limit: 2 },
  { length: (place) => [2, 8, 5, 3, 7][place % 5]!, limit: 1 },
  { length: () => 16, limit: 1 },
  { length: () => 3, limit: 1 },
];

async function seeded(
  model: Model,
  session: Session,
  names: readonly string[],
  seed: number,
): Promise<References> {
  const list: Reference[] = [];
  let reason = '';
  const open = tensorInputs(model).some(({ dims }) => dims?.every((dim) => typeof dim === 'number') !== true);
  for (const [index, { length, limit }] of trials.entries()) {
    if (list.length >= mostSamples || (list.length >= 2 && !open && index > 2)) break;
    if (list.length > 0 && limit !== undefined) break;
    try {
      const specs = closed(tensorInputs(model), length);
      const { calibrate } = await openDataset(undefined, specs, { seed: seed + index });
      const { inputs } = await calibrate.get(0);
      const feeds = limit === undefined ? inputs : limited(inputs, limit);
      list.push({ feeds, outputs: await session.run(feeds, names) });
    } catch (error) {
      if (!(error instanceof InferOptError)) throw error;
      reason = messageOf(error);
    }
  }
  return list.length > 0
    ? { dataset: 'seeded inputs', list }
    : none(`no inputs were found on which it runs: ${reason}`);
}

/** The inputs with every open dim at a length: equal names get equal lengths, sums of names their sum. */
function closed(specs: readonly InputSpec[], length: (place: number) => number): InputSpec[] {
  const known = new Map<string, number>();
  const lengthOf = (dim: string): number => {
    const terms = dim.split('+').map((term) => term.trim());
    if (terms.length > 1)
      return terms.reduce((sum, term) => sum + (/^\d+$/.test(term) ? Number(term) : lengthOf(term)), 0);
    const found = known.get(dim) ?? length(known.size);
    known.set(dim, found);
    return found;
  };
  return specs.map((spec) => ({
    ...spec,
    dims: spec.dims?.map((dim, axis) =>
      typeof dim === 'number' && dim >= 0
        ? dim
        : lengthOf(typeof dim === 'string' ? dim : `${spec.name} ${axis}`),
    ),
  }));
}

/** Whole numbers below `limit`. */
function limited(feeds: Feeds, limit: number): Map<string, Tensor> {
  return new Map(
    [...feeds].map(([name, tensor]) => [
      name,
      isInteger(tensor.dtype)
        ? Tensor.fromNumbers(
            tensor.dtype,
            tensor.dims,
            Array.from(tensor.toNumbers(), (one) => one % limit),
          )
        : tensor,
    ]),
  );
}

function none(missing: string): References {
  return { dataset: 'none', list: [], missing };
}
