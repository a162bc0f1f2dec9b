/** The numbers of the weights, smallest magnitude first; of equal ones the first first. */
export function byMagnitude(weights: Float64Array): Uint32Array {
  const order = Uint32Array.from({ length: weights.length }, (_, index) => index);
  return order.sort((a, b) => Math.abs(weights[a]!) - Math.abs(weights[b]!) || a - b);
}
