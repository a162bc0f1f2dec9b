import { normal, seededRandom } from '../tensor/random.js';
import { Tensor } from '../tensor/tensor.js';
import type { Parameter } from './parameters.js';

/**
 * Draws every weight anew, in place: matrices and kernels as He et al. 2015 (deviation sqrt(2 / fan-in)), biases
 * zero. Scales and biases of normalizations stay. The last layer, which no rectifier follows, gets the same.
 */
export function drawWeights(parameters: readonly Parameter[], seed: number): void {
  const random = seededRandom(seed);
  for (const { value, node } of parameters) {
    const { dims, size } = value.constant;
    if (node.opType.endsWith('Normalization') || node.is('PRelu', 'Mul')) continue;
    if (dims.length < 2) {
      value.constant = Tensor.float32(dims, new Float32Array(size));
      continue;
    }
    const rowsFirst = node.is('Conv') || (node.is('Gemm') && node.int('transB', 0) === 1);
    const fanIn = rowsFirst ? size / dims[0]! : node.is('ConvTranspose') ? dims[0]! : dims.at(-2)!;
    const deviation = node.is('Gather') ? 1 : Math.sqrt(2 / fanIn);
    value.constant = Tensor.float32(
      dims,
      Float32Array.from({ length: size }, () => deviation * normal(random)),
    );
  }
}
