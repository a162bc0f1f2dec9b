import type { Value } from '../../ir/value.js';
import type { Emitter } from '../graph/emitter.js';
import { elementCount } from '../../tensor/tensor.js';
import { outputGradient, type Gradient } from './gradient.js';

/** Products of matrices, batched and broadcast as NumPy's matmul does. */
export const matmul: Gradient = {
  operator: 'MatMul',
  places: [0, 1],
  parameters: [0, 1],
  build(site) {
    const { node, emitter } = site;
    const [left, right] = [node.inputs[0]!, node.inputs[1]!];
    const dims = { a: emitter.dims(left), b: emitter.dims(right) };
    // A vector on the left is a row, on the right a column.
    const a = dims.a.length === 1 ? emitter.reshape(left, [1, dims.a[0]!]) : left;
    const b = dims.b.length === 1 ? emitter.reshape(right, [dims.b[0]!, 1]) : right;
    const inner = emitter.dims(a).at(-1)!;
    const [rows, columns] = [emitter.dims(a).at(-2)!, emitter.dims(b).at(-1)!];
    const given = outputGradient(site);
    const lead = emitter
      .dims(given)
      .slice(0, emitter.dims(given).length - (dims.a.length > 1 ? 1 : 0) - (dims.b.length > 1 ? 1 : 0));
    const gradient = emitter.reshape(given, [...lead, rows, columns]);
    if (emitter.dims(b).length === 2) {
      // One matrix for all rows of all batches: one product each.
      const count = elementCount(lead) * rows;
      const flatGradient = emitter.reshape(gradient, [count, columns]);
      return [
        site.wants(0) ? emitter.reshape(emitter.matmul(flatGradient, b, { turnB: true }), dims.a) : undefined,
        site.wants(1)
          ? emitter.reshape(
              emitter.matmul(emitter.reshape(a, [count, inner]), flatGradient, { turnA: true }),
              dims.b,
            )
          : undefined,
      ];
    }
    return [
      site.wants(0) ? summed(emitter, emitter.matmul(gradient, b, { turnB: true }), a, dims.a) : undefined,
      site.wants(1) ? summed(emitter, emitter.matmul(a, gradient, { turnA: true }), b, dims.b) : undefined,
    ];
  },
};

function summed(emitter: Emitter, product: Value, operand: Value, dims: readonly number[]): Value {
  return emitter.reshape(emitter.sumTo(product, emitter.dims(operand)), dims);
}
