import type { DType } from '../tensor/dtype.js';

/** One dimension: its length, the name of a symbolic one, or undefined where nothing is known. */
export type Dim = number | string | undefined;

/** What a value is. `dims` undefined means that not even the rank is known. */
export type ValueType =
  | {
      readonly kind: 'tensor' | 'sparse-tensor';
      readonly dtype: DType;
      readonly dims: readonly Dim[] | undefined;
    }
  | { readonly kind: 'sequence' | 'optional'; readonly element: ValueType | undefined }
  | { readonly kind: 'map'; readonly key: DType; readonly value: ValueType | undefined }
  | { readonly kind: 'unknown' };

export function tensorType(dtype: DType, dims?: readonly Dim[]): ValueType {
  return { kind: 'tensor', dtype, dims };
}

/** The dims when each is a known length, else undefined. */
export function staticDims(type: ValueType | undefined): readonly number[] | undefined {
  if (type?.kind !== 'tensor' || type.dims === undefined) return undefined;
  return type.dims.every((dim) => typeof dim === 'number') ? type.dims : undefined;
}

/** The number of dims where it is known. */
export function rankOf(type: ValueType | undefined): number | undefined {
  return type?.kind === 'tensor' ? type.dims?.length : undefined;
}

/** A type as people write it: `float32[batch,3,?]`. */
export function formatType(type: ValueType | undefined): string {
  switch (type?.kind) {
    case 'tensor':
    case 'sparse-tensor': {
      const dims = type.dims === undefined ? '[...]' : `[${type.dims.map((dim) => dim ?? '?').join(',')}]`;
      return `${type.kind === 'tensor' ? '' : 'sparse '}${type.dtype}${dims}`;
    }
    case 'sequence':
    case 'optional':
      return `${type.kind}(${formatType(type.element)})`;
    case 'map':
      return `map(${type.key}, ${formatType(type.value)})`;
    default:
      return '?';
  }
}
