import { describe, expect, it } from 'vitest';
import { GramProduct } from '../../src/calibrate/gram-product.js';
import { GramSum } from '../../src/calibrate/gram.js';
import { normal, seededRandom } from '../../src/tensor/random.js';

async function check(rows: number, inputs: number, outputs: number, parts: number): Promise<void> {
  const random = seededRandom(rows + inputs);
  const draw = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => 3 + normal(random));
  const [x, y] = [draw(rows * inputs), draw(rows * outputs)];
  const product = await GramProduct.open();
  const sum = new GramSum(inputs, outputs, product);
  const size = Math.ceil(rows / parts);
  for (let at = 0; at < rows; at += size) {
    const taken = Math.min(size, rows - at);
    await sum.add(
      x.subarray(at * inputs, (at + taken) * inputs),
      y.subarray(at * outputs, (at + taken) * outputs),
      taken,
    );
  }
  const gram = await sum.finish();
  await product.close();
  expect(gram.count).toBe(rows);
  const mean = (values: Float32Array, width: number, i: number): number =>
    values.reduce((total, value, at) => total + (at % width === i ? value : 0), 0) / rows;
  const moment = (a: Float32Array, p: number, i: number, b: Float32Array, q: number, j: number): number => {
    const [ma, mb] = [mean(a, p, i), mean(b, q, j)];
    let total = 0;
    for (let row = 0; row < rows; row++) total += (a[row * p + i]! - ma) * (b[row * q + j]! - mb);
    return total;
  };
  for (const [i, j] of [
    [0, 0],
    [inputs - 1, 1],
    [1, inputs - 1],
  ] as const) {
    expect(gram.square[i * inputs + j]! / rows).toBeCloseTo(moment(x, inputs, i, x, inputs, j) / rows, 4);
    expect(gram.cross[i * outputs + (j % outputs)]! / rows).toBeCloseTo(
      moment(x, inputs, i, y, outputs, j % outputs) / rows,
      4,
    );
  }
  expect(gram.inputMean[1]).toBeCloseTo(mean(x, inputs, 1), 6);
  expect(gram.outputMean[0]).toBeCloseTo(mean(y, outputs, 0), 6);
  expect(gram.outputPower[0]! / rows).toBeCloseTo(moment(y, outputs, 0, y, outputs, 0) / rows, 4);
}

describe('GramSum', () => {
  it('adds up second moments about the means, over blocks and parts', () => check(4500, 20, 5, 7));
  it('does so for few inputs without the runtime', () => check(300, 3, 2, 4));
});
