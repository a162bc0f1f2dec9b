import { InferOptError } from '../errors.js';
import { byteLengthOf, type DType } from '../tensor/dtype.js';
import { elementCount, Tensor } from '../tensor/tensor.js';
import { swapBytes, transposedBytes } from './byte-order.js';

/**
 * NumPy's .npy format, versions 1 to 3
 * (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
 */

const dtypes: Readonly<Record<string, DType>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
};

export function isNpy(bytes: Uint8Array): boolean {
  return (
    bytes.length >= 8 && bytes[0] === 0x93 && Buffer.from(bytes.subarray(1, 6)).toString('latin1') === 'NUMPY'
  );
}

interface Header {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
}

/** Reads a whole .npy file. `where` names it in errors. Arrays in Fortran order or big-endian are turned around. */
export function parseNpy(bytes: Uint8Array, where: string): Tensor {
  const broken = (what: string): InferOptError => new InferOptError('data', `${where}: ${what}`);
  if (!isNpy(bytes)) throw broken('is no .npy array (the magic bytes are missing)');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6]! >= 2;
  const start = wide ? 12 : 10;
  if (bytes.length < start) throw broken('the .npy header is cut off');
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  if (bytes.length < start + length) throw broken('the .npy header is cut off');
  const text = Buffer.from(bytes.subarray(start, start + length)).toString('utf8');
  const header = parseHeader(text);
  if (header === undefined) throw broken(`the .npy header is not understood: ${text.trim().slice(0, 120)}`);
  const { dtype, swap } = elementType(header.descr, broken);
  const expected = byteLengthOf(dtype, elementCount(header.shape));
  const data = bytes.subarray(start + length);
  if (data.byteLength !== expected) {
    throw broken(
      `${dtype} array of shape [${header.shape.join(', ')}] needs ${expected} bytes and has ${data.byteLength}`,
    );
  }
  const width = byteLengthOf(dtype, 1);
  const ordered =
    header.fortran && header.shape.length > 1 ? transposedBytes(data, header.shape, width) : data;
  return Tensor.fromBytes(dtype, header.shape, swap ? swapBytes(ordered, width) : ordered);
}

/** The header is a Python dict literal with exactly these three keys; nothing else of Python is understood. */
function parseHeader(text: string): Header | undefined {
  const descr =
    /['"]descr['"]\s*:\s*(['"])(.*?)\1/.exec(text)?.[2] ?? /['"]descr['"]\s*:\s*(\[.*?\])/.exec(text)?.[1];
  const fortran = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /['"]shape['"]\s*:\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  if (descr === undefined || fortran === undefined || shape === undefined) return undefined;
  const dims = shape
    .split(',')
    .map((part) => part.replace('L', '').trim())
    .filter((part) => part !== '')
    .map(Number);
  if (dims.some((dim) => !Number.isSafeInteger(dim)) || !Number.isSafeInteger(elementCount(dims)))
    return undefined;
  return { descr, fortran: fortran === 'True', shape: dims };
}

function elementType(
  descr: string,
  broken: (what: string) => InferOptError,
): { dtype: DType; swap: boolean } {
  const order = descr[0] ?? '';
  const dtype = '<>|='.includes(order) ? dtypes[descr.slice(1)] : undefined;
  if (dtype === undefined) {
    const kind = descr.includes('O') ? 'Python objects' : `elements of type ${descr}`;
    throw broken(`holds ${kind}, which no model takes (known: ${Object.keys(dtypes).join(', ')})`);
  }
  return { dtype, swap: order === '>' };
}
