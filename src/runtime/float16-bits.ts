import type { Tensor as OrtTensor } from 'onnxruntime-node';

/**
 * From Node 24 on there is Float16Array, and the JavaScript half of the runtime puts float16 into it, which the native
 * half does not read: it takes such a tensor for an empty one. Which array it is to be is decided once, at the first
 * tensor; without a Float16Array in sight it is the one of bits, Uint16Array, that we use everywhere.
 */
export function storeFloat16AsBits(Tensor: typeof OrtTensor): void {
  const scope = globalThis as { Float16Array?: unknown };
  const { Float16Array } = scope;
  if (Float16Array === undefined) return;
  try {
    scope.Float16Array = undefined;
    new Tensor('float32', Float32Array.of(0), [1]);
  } finally {
    scope.Float16Array = Float16Array;
  }
}
