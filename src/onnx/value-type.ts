import type { Dim, ValueType } from '../ir/types.js';
import { dtypeCode, dtypeFromCode } from '../tensor/dtype.js';
import {
  has,
  toNumber,
  type DimensionMessage,
  type TensorTypeMessage,
  type TypeMessage,
} from './messages.js';

/** What a type was read from, so that an unchanged one is written back with all that it carries. */
const origins = new WeakMap<ValueType, TypeMessage>();

export function readType(message: TypeMessage): ValueType {
  const type = decode(message);
  origins.set(type, message);
  return type;
}

export function writeType(type: ValueType): TypeMessage {
  return origins.get(type) ?? encode(type);
}

function decode(message: TypeMessage): ValueType {
  if (message.tensorType) return decodeTensor('tensor', message.tensorType);
  if (message.sparseTensorType) return decodeTensor('sparse-tensor', message.sparseTensorType);
  if (message.sequenceType) return { kind: 'sequence', element: inner(message.sequenceType.elemType) };
  if (message.optionalType) return { kind: 'optional', element: inner(message.optionalType.elemType) };
  if (message.mapType) {
    const key = dtypeFromCode(message.mapType.keyType ?? 0);
    return key === undefined
      ? { kind: 'unknown' }
      : { kind: 'map', key, value: inner(message.mapType.valueType) };
  }
  return { kind: 'unknown' };
}

function inner(message: TypeMessage | undefined | null): ValueType | undefined {
  return message ? decode(message) : undefined;
}

function decodeTensor(kind: 'tensor' | 'sparse-tensor', message: TensorTypeMessage): ValueType {
  const dtype = dtypeFromCode(message.elemType ?? 0);
  if (dtype === undefined) return { kind: 'unknown' };
  return { kind, dtype, dims: message.shape ? (message.shape.dim ?? []).map(decodeDim) : undefined };
}

function decodeDim(message: DimensionMessage): Dim {
  if (has(message, 'dimValue') && message.dimValue !== undefined) {
    const value = toNumber(message.dimValue);
    // Some exporters write -1 (or 0 for the batch, which would be an empty tensor) where nothing is known.
    return value < 0 ? undefined : value;
  }
  return has(message, 'dimParam') && message.dimParam !== '' ? message.dimParam : undefined;
}

function encode(type: ValueType): TypeMessage {
  switch (type.kind) {
    case 'tensor':
      return { tensorType: encodeTensor(type) };
    case 'sparse-tensor':
      return { sparseTensorType: encodeTensor(type) };
    case 'sequence':
      return { sequenceType: type.element ? { elemType: writeType(type.element) } : {} };
    case 'optional':
      return { optionalType: type.element ? { elemType: writeType(type.element) } : {} };
    case 'map':
      return {
        mapType: {
          keyType: dtypeCode(type.key),
          ...(type.value ? { valueType: writeType(type.value) } : {}),
        },
      };
    case 'unknown':
      return {};
  }
}

function encodeTensor(type: Extract<ValueType, { kind: 'tensor' | 'sparse-tensor' }>): TensorTypeMessage {
  const elemType = dtypeCode(type.dtype);
  return type.dims === undefined ? { elemType } : { elemType, shape: { dim: type.dims.map(encodeDim) } };
}

function encodeDim(dim: Dim): DimensionMessage {
  if (typeof dim === 'number') return { dimValue: dim };
  return dim === undefined ? {} : { dimParam: dim };
}
