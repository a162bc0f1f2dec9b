import { createHash } from 'node:crypto';
import { InferOptError } from '../errors.js';
import { dtypeBits, dtypeKind, isFloat, isInteger } from '../tensor/dtype.js';
import { normal, seededRandom } from '../tensor/random.js';
import { elementCount, Tensor } from '../tensor/tensor.js';
import { isKnown } from './fit.js';
import type { Dataset, InputSpec, Sample, SampleSet } from './types.js';

/** How many samples a set has where nobody says: fewer where all would be of more elements than this, but some. */
const usualCount = { most: 100, least: 8, elements: 2 ** 24 };
/** For dims that the model leaves open, apart from the batch: large enough for convolutions and pools to have work. */
const openDim = 32;
/** An input of open rank gets one batch of a short vector. */
const openShape = [1, openDim];
/** Integers are often token numbers, which must lie in an embedding table that we do not see. */
const integerLimit = 16;
/** More elements than this are made up for nobody: a wrong dim of a few bytes must not fill the memory. */
const largestSample = 2 ** 23;
/** An input of such a name counts axes: the second is there nearly always, and the first is usually the batch. */
const axisName = /^ax[ei]s$/i;
/** Inputs with such names pick one of two rows, or switch a position on: only 0 and 1 are sure to be valid. */
const binaryName = /mask|token_type|segment/i;

/**
 * Seeded inputs for a model without data: floats from the normal distribution, integers in 0..15 (0 and 1 for
 * masks and segments, 1 for axes), bools. The same seed, input and number give the same sample; any number of them exist.
 */
export function syntheticDataset(
  inputs: readonly InputSpec[],
  options: { seed: number; calibrate: number | undefined; evaluate: number | undefined },
): Dataset {
  const shapes = resolveShapes(inputs);
  const usual = countFor(inputs.reduce((sum, input) => sum + elementCount(shapes.get(input)!), 0));
  const calibrate = options.calibrate ?? usual;
  const evaluate = options.evaluate ?? usual;
  const description = JSON.stringify({
    seed: options.seed,
    inputs: inputs.map((input) => [input.name, input.dtype, shapes.get(input)]),
  });
  const set = (start: number, size: number): SampleSet => ({
    size,
    // eslint-disable-next-line @typescript-eslint/require-await -- a thrown error must reject like any other read
    async get(index) {
      if (!Number.isInteger(index) || index < 0 || index >= size)
        throw new InferOptError('internal', `no sample ${index} in a set of ${size}`);
      return syntheticSample(inputs, shapes, options.seed, start + index);
    },
  });
  return {
    name: 'synthetic',
    sha256: createHash('sha256').update(description).digest('hex'),
    task: undefined,
    labelled: false,
    calibrate: set(0, calibrate),
    evaluate: set(calibrate, evaluate),
    state: new Map(),
  };
}

function countFor(elements: number): number {
  const { most, least } = usualCount;
  return Math.min(most, Math.max(least, Math.floor(usualCount.elements / Math.max(1, elements))));
}

function syntheticSample(
  inputs: readonly InputSpec[],
  shapes: ReadonlyMap<InputSpec, readonly number[]>,
  seed: number,
  index: number,
): Sample {
  const elements = inputs.reduce((sum, input) => sum + elementCount(shapes.get(input)!), 0);
  if (!(elements <= largestSample)) {
    const dims = inputs.map((input) => `${input.name} [${shapes.get(input)!.join(', ')}]`).join(', ');
    throw new InferOptError('data', `inputs of ${elements} elements are not made up: ${dims}`, {
      hint: 'give a dataset with --data',
    });
  }
  const random = seededRandom(Math.imul(seed, 0x9e3779b1) + index);
  const tensors = inputs.map(
    (input) => [input.name, randomTensor(input, shapes.get(input)!, random)] as const,
  );
  return { id: `synthetic ${index}`, inputs: new Map(tensors) };
}

function randomTensor({ name, dtype }: InputSpec, dims: readonly number[], random: () => number): Tensor {
  const count = elementCount(dims);
  const draw = (next: () => number): Tensor =>
    Tensor.fromNumbers(dtype, dims, Array.from({ length: count }, next));
  if (dtype === 'string')
    return Tensor.fromStrings(
      dims,
      Array.from({ length: count }, () => `text ${Math.floor(random() * integerLimit)}`),
    );
  if (dtype === 'bool') return draw(() => Math.floor(random() * 2));
  // Numbers are turned into 16-bit floats and 8-bit integers at least; below that nobody feeds a model.
  if (isFloat(dtype) && dtypeBits(dtype) >= 16) return draw(() => normal(random));
  if (isInteger(dtype) && dtypeBits(dtype) >= 8) {
    if (axisName.test(name)) return draw(() => 1);
    // Bytes are usually pixels or raw data and use their whole range.
    const limit = binaryName.test(name) ? 2 : dtype === 'uint8' ? 256 : integerLimit;
    return draw(() => Math.floor(random() * limit));
  }
  throw new InferOptError(
    'data',
    `no inputs of type ${dtype} (${dtypeKind(dtype)}) can be made up for input "${name}"`,
    {
      hint: 'give a dataset with --data',
    },
  );
}

/**
 * Dims for every input. A first dim that is open, and every symbol that stands first anywhere or is called
 * batch, is 1; a sum of symbols is the sum of their values, so that lengths with a past agree.
 */
export function resolveShapes(inputs: readonly InputSpec[]): Map<InputSpec, readonly number[]> {
  const firsts = new Set(inputs.map(({ dims }) => dims?.[0]));
  const symbolValue = (symbol: string): number => {
    const terms = symbol.split('+').map((term) => term.trim());
    if (terms.length > 1)
      return terms.reduce((sum, term) => sum + (/^\d+$/.test(term) ? Number(term) : symbolValue(term)), 0);
    return firsts.has(symbol) || /batch/i.test(symbol) ? 1 : openDim;
  };
  return new Map(
    inputs.map((input) => [
      input,
      input.dims?.map((dim, axis) => {
        if (isKnown(dim)) return dim;
        if (axis === 0) return 1;
        return typeof dim === 'string' ? symbolValue(dim) : openDim;
      }) ?? openShape,
    ]),
  );
}
