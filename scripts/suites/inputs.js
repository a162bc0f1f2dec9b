/** Lengths to try for dimensions that a model leaves open, one attempt after the other. */
const lengths = [2, 1, 4, 8];

/**
 * Seeded inputs that fit a session's types and shapes: floats around 0, small integers, both truth values.
 * @param {{ name: string, dtype: string, dims: (number | string | undefined)[] }[]} inputs
 * @param {number} attempt which of several choices of lengths
 * @param {any} Tensor the library's class
 */
export function makeInputs(inputs, attempt, Tensor) {
  let state = 12_345;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return new Map(
    inputs.map(({ name, dtype, dims }) => {
      const shape = dims.map((dim) => (typeof dim === 'number' && dim >= 0 ? dim : lengths[attempt]));
      const size = shape.reduce((product, dim) => product * dim, 1);
      if (dtype === 'string')
        return [
          name,
          Tensor.fromStrings(
            shape,
            Array.from({ length: size }, () => 'a'),
          ),
        ];
      const numbers = Array.from({ length: size }, () =>
        dtype.startsWith('float') ? next() * 2 - 1 : Math.floor(next() * 2),
      );
      return [name, Tensor.fromNumbers(dtype, shape, numbers)];
    }),
  );
}
