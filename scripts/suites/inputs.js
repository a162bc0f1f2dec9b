/** How many choices of lengths and integers are tried for a model. */
export const attempts = 200;

/** Integers to fill with, as a function of a random number and the place: one choice after the other. */
const fillings = [
  (/** @type {number} */ random) => Math.floor(random * 2),
  () => 0,
  () => 1,
  (/** @type {number} */ random) => 1 + Math.floor(random * 8),
  (/** @type {number} */ _random, /** @type {number} */ place) => place % 4,
];

/**
 * Seeded inputs that fit a session's types and shapes. Lengths that the model leaves open come from a few small ones at first, later
 * from the lengths that occur in its weights.
 * @param {{ name: string, dtype: string, dims: (number | string | undefined)[] }[]} inputs
 * @param {any} model
 * @param {number} attempt
 * @param {any} Tensor the library's class
 */
export function makeInputs(inputs, model, attempt, Tensor) {
  let state = 12_345 + attempt;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const pick = (/** @type {number[]} */ values) => values[Math.floor(next() * values.length)] ?? 1;
  const simple = [2, 1, 4, 8][attempt];
  const candidates = [1, 2, 3, 4, 8, ...lengthsOf(model)];
  /** @type {Map<string, number>} */
  const chosen = new Map();
  const lengthOf = (/** @type {string} */ dim) => {
    const length = simple ?? chosen.get(dim) ?? pick(candidates);
    chosen.set(dim, length);
    return length;
  };
  const common = fillings[attempt % fillings.length] ?? fillings[0];
  return new Map(
    inputs.map(({ name, dtype, dims }) => {
      const shape = ranked(name, dims, model, attempt).map((dim, axis) =>
        typeof dim === 'number' && dim >= 0
          ? dim
          : lengthOf(dim === undefined ? `${name} ${axis}` : String(dim)),
      );
      // Ids want to be small and masks 1: later attempts choose for each input.
      const filling = attempt % 2 === 0 ? common : (fillings[Math.floor(next() * fillings.length)] ?? common);
      const size = shape.reduce((product, dim) => product * dim, 1);
      if (dtype === 'string')
        return [
          name,
          Tensor.fromStrings(
            shape,
            Array.from({ length: size }, () => 'a'),
          ),
        ];
      const numbers = Array.from({ length: size }, (_, place) =>
        dtype.startsWith('float')
          ? next() * 2 - 1
          : dtype === 'bool'
            ? Math.floor(next() * 2)
            : filling(next(), place),
      );
      return [name, Tensor.fromNumbers(dtype, shape, numbers)];
    }),
  );
}

/** A session reports an unknown rank as no dims: then several ranks are tried. */
function ranked(
  /** @type {string} */ name,
  /** @type {(number | string | undefined)[]} */ dims,
  /** @type {any} */ model,
  /** @type {number} */ attempt,
) {
  if (dims.length > 0) return dims;
  const type = model.graph.get(name)?.type;
  if (type?.kind === 'tensor' && type.dims !== undefined) return dims;
  return Array.from({ length: attempt % 5 }, (_, axis) => `unknown ${axis}`);
}

/** Every length of a weight, shortest first, without the huge. */
function lengthsOf(/** @type {any} */ model) {
  const lengths = new Set();
  for (const graph of model.graphs()) {
    for (const { constant } of graph.constants())
      for (const dim of constant.dims) if (dim > 0 && dim <= 1024) lengths.add(dim);
  }
  return [...lengths].sort((a, b) => a - b);
}
