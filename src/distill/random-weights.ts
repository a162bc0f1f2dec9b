import { normal, seededRandom } from '../tensor/random.js';
import { Tensor } from '../tensor/tensor.js';
import type { Parameter } from './parameters.js';

/** Biases begin above zero, so that rectifiers begin open (Goodfellow et al. 2016, 6.3.1). */
const firstBias = 0.1;

/** The last weights begin small: what the student says at first should be nothing, rather than something wrong. */
const lastShare = 0.1;

/**
 * Draws every weight anew, in place: matrices and kernels as He et al. 2015 (deviation sqrt(2 / fan-in)), biases
 * all alike. Scales and biases of normalizations stay.
 */
export function drawWeights(parameters: readonly Parameter[], seed: number): void {
  const random = seededRandom(seed);
  const last = parameters.findLast(({ value }) => value.constant.dims.length > 1);
  for (const parameter of parameters) {
    const { value, node } = parameter;
    const { dims, size } = value.constant;
    if (node.opType.endsWith('Normalization') || node.is('PRelu', 'Mul')) continue;
    if (dims.length < 2) {
      value.constant = Tensor.float32(dims, new Float32Array(size).fill(firstBias));
      continue;
    }
    const rowsFirst = node.is('Conv') || (node.is('Gemm') && node.int('transB', 0) === 1);
    const fanIn = rowsFirst ? size / dims[0]! : node.is('ConvTranspose') ? dims[0]! : dims.at(-2)!;
    const deviation = (node.is('Gather') ? 1 : Math.sqrt(2 / fanIn)) * (parameter === last ? lastShare : 1);
    value.constant = Tensor.float32(
      dims,
      Float32Array.from({ length: size }, () => deviation * normal(random)),
    );
  }
}
