import { InferOptError } from '../errors.js';
import { byteLengthOf, dtypeFromCode } from '../tensor/dtype.js';
import { toNumber, type SparseTensorMessage } from './messages.js';

/** Any sparse tensor may be this large when it is written out, in bytes. */
const freeBytes = 64 * 2 ** 20;

/** Larger ones must hold so many elements at least: one of so many. */
const leastShare = 1 / 10_000;

/**
 * The runtime writes sparse tensors out, zeros and all, before anything else: a few bytes can ask for all memory
 * there is.
 *
 * @throws InferOptError `model` for dims that are no lengths, or that promise far more than the tensor holds
 */
export function checkSparse({ values, dims = [] }: SparseTensorMessage): void {
  const name = values?.name ?? '';
  const what = name === '' ? 'a sparse tensor' : `sparse tensor ${name}`;
  const lengths = dims.map(toNumber);
  const elements = lengths.reduce((product, length) => product * length, 1);
  if (
    !lengths.every((length) => Number.isSafeInteger(length) && length >= 0) ||
    !Number.isSafeInteger(elements)
  ) {
    throw new InferOptError('model', `${what} has dims [${lengths.join(', ')}]`);
  }
  const dtype = dtypeFromCode(values?.dataType ?? 0);
  const bytes = dtype === undefined || dtype === 'string' ? elements : byteLengthOf(dtype, elements);
  const held = (values?.dims ?? []).map(toNumber).reduce((product, length) => product * length, 1);
  if (bytes <= freeBytes || held >= leastShare * elements) return;
  throw new InferOptError(
    'model',
    `${what} holds ${held} of ${elements} elements, which take ${Math.round(bytes / 1e6)} MB when they are written out`,
    { hint: 'store it as an ordinary initializer, if it is meant' },
  );
}
