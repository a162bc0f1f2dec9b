/**
 * Elements under 8 bits: the first element sits in the lowest bits of the first byte, as the ONNX standard
 * packs them (https://onnx.ai/onnx/technical/int4.html).
 */

/** Unpacks `count` elements of `bits` (2 or 4) each; signed ones are sign-extended. */
export function unpackBits(
  packed: Uint8Array,
  count: number,
  bits: 2 | 4,
  signed: boolean,
): Int8Array | Uint8Array {
  const out = signed ? new Int8Array(count) : new Uint8Array(count);
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  const signExtension = 32 - bits;
  for (let i = 0; i < count; i++) {
    const raw = (packed[Math.floor(i / perByte)]! >>> ((i % perByte) * bits)) & mask;
    out[i] = signed ? (raw << signExtension) >> signExtension : raw;
  }
  return out;
}

/** Packs values that already fit into `bits`; higher bits are cut off, the last byte is filled with zeros. */
export function packBits(values: ArrayLike<number>, bits: 2 | 4): Uint8Array {
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  const out = new Uint8Array(Math.ceil(values.length / perByte));
  for (let i = 0; i < values.length; i++) {
    const at = Math.floor(i / perByte);
    out[at] = out[at]! | ((values[i]! & mask) << ((i % perByte) * bits));
  }
  return out;
}
