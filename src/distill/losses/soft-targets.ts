import { elementCount } from '../../tensor/tensor.js';
import type { Loss } from './loss.js';

/**
 * Kullback-Leibler divergence between the softened distributions of teacher and student over the last axis, times
 * the square of the temperature so that gradients keep their size (Hinton, Vinyals and Dean 2015).
 */
export const softTargets: Loss = {
  name: 'soft',
  summary: "the teacher's distribution over classes, softened by --temperature",
  build(emitter, value, target, { temperature }) {
    const dims = emitter.dims(value);
    const logarithms = (of: typeof value) =>
      emitter.emit('LogSoftmax', [emitter.scale(of, 1 / temperature)], dims, { axis: -1 });
    const wanted = logarithms(target);
    const products = emitter.mul(emitter.unary('Exp', wanted), emitter.sub(wanted, logarithms(value)));
    return emitter.scale(emitter.total(products), temperature ** 2 / elementCount(dims.slice(0, -1)));
  },
  measure(value, target, { temperature }) {
    const classes = value.dims.at(-1)!;
    const rows = value.size / classes;
    const [found, wanted] = [value.toNumbers(), target.toNumbers()];
    let sum = 0;
    for (let row = 0; row < rows; row++) {
      const own = logSoftmax(found, row * classes, classes, temperature);
      const other = logSoftmax(wanted, row * classes, classes, temperature);
      for (let c = 0; c < classes; c++) sum += Math.exp(other[c]!) * (other[c]! - own[c]!);
    }
    return (sum * temperature ** 2) / rows;
  },
};

function logSoftmax(values: ArrayLike<number>, from: number, length: number, temperature: number): number[] {
  const row = Array.from({ length }, (_, i) => values[from + i]! / temperature);
  const largest = Math.max(...row);
  const total = Math.log(row.reduce((sum, value) => sum + Math.exp(value - largest), 0)) + largest;
  return row.map((value) => value - total);
}
