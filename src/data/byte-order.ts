/** Every element of `width` bytes with its bytes reversed (big-endian to little-endian), as a copy. */
export function swapBytes(bytes: Uint8Array, width: number): Uint8Array {
  if (width === 1) return bytes;
  const out = new Uint8Array(bytes);
  for (let at = 0; at < out.length; at += width) out.subarray(at, at + width).reverse();
  return out;
}

/** Column-major (Fortran) elements of `width` bytes, rewritten in row-major order. */
export function transposedBytes(bytes: Uint8Array, dims: readonly number[], width: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  const position = dims.map(() => 0);
  const strides: number[] = [];
  let stride = width;
  for (const dim of dims) {
    strides.push(stride);
    stride *= dim;
  }
  let from = 0;
  for (let to = 0; to < out.length; to += width) {
    for (let byte = 0; byte < width; byte++) out[to + byte] = bytes[from + byte]!;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      position[axis] = position[axis]! + 1;
      from += strides[axis]!;
      if (position[axis]! < dims[axis]!) break;
      from -= strides[axis]! * dims[axis]!;
      position[axis] = 0;
    }
  }
  return out;
}
