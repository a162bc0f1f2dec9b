import type { Value } from '../ir/value.js';
import type { Tensor } from '../tensor/tensor.js';

/** The content of a constant, written as an initializer or as a Constant node, before any pass has run. */
export function fixedTensor(value: Value | undefined): Tensor | undefined {
  const node = value?.producer;
  return value?.constant ?? (node?.is('Constant') === true ? node.tensor('value') : undefined);
}
