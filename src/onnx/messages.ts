import type Long from 'long';

/** The decoded messages of `schema.ts`: a field that the file does not hold is absent, a list may be. */
export interface EntryMessage {
  key?: string;
  value?: string;
}

export interface OpsetMessage {
  domain?: string;
  version?: Long | number;
}

export interface ModelMessage {
  irVersion?: Long | number;
  producerName?: string;
  producerVersion?: string;
  domain?: string;
  modelVersion?: Long | number;
  docString?: string;
  graph?: GraphMessage;
  opsetImport?: OpsetMessage[];
  metadataProps?: EntryMessage[];
  functions?: FunctionMessage[];
}

export interface FunctionMessage {
  name?: string;
  input?: string[];
  output?: string[];
  attribute?: string[];
  node?: NodeMessage[];
  opsetImport?: OpsetMessage[];
  domain?: string;
  attributeProto?: AttributeMessage[];
  valueInfo?: ValueInfoMessage[];
  overload?: string;
}

export interface GraphMessage {
  node?: NodeMessage[];
  name?: string;
  initializer?: TensorMessage[];
  docString?: string;
  input?: ValueInfoMessage[];
  output?: ValueInfoMessage[];
  valueInfo?: ValueInfoMessage[];
  quantizationAnnotation?: AnnotationMessage[];
  sparseInitializer?: SparseTensorMessage[];
}

export interface AnnotationMessage {
  tensorName?: string;
  quantParameterTensorNames?: EntryMessage[];
}

export interface NodeMessage {
  input?: string[];
  output?: string[];
  name?: string;
  opType?: string;
  attribute?: AttributeMessage[];
  domain?: string;
  overload?: string;
}

export interface AttributeMessage {
  name?: string;
  f?: number;
  i?: Long | number;
  s?: Uint8Array;
  t?: TensorMessage;
  g?: GraphMessage;
  floats?: number[];
  ints?: (Long | number)[];
  strings?: Uint8Array[];
  tensors?: TensorMessage[];
  graphs?: GraphMessage[];
  tp?: TypeMessage;
  typeProtos?: TypeMessage[];
  type?: number;
  refAttrName?: string;
  sparseTensor?: SparseTensorMessage;
  sparseTensors?: SparseTensorMessage[];
}

export interface ValueInfoMessage {
  name?: string;
  type?: TypeMessage;
}

export interface TensorMessage {
  dims?: (Long | number)[];
  dataType?: number;
  segment?: object;
  floatData?: number[];
  int32Data?: number[];
  stringData?: Uint8Array[];
  int64Data?: (Long | number)[];
  name?: string;
  rawData?: Uint8Array;
  doubleData?: number[];
  uint64Data?: (Long | number)[];
  externalData?: EntryMessage[];
  dataLocation?: number;
}

export interface SparseTensorMessage {
  values?: TensorMessage;
  indices?: TensorMessage;
  dims?: (Long | number)[];
}

export interface TypeMessage {
  tensorType?: TensorTypeMessage;
  sequenceType?: { elemType?: TypeMessage };
  mapType?: { keyType?: number; valueType?: TypeMessage };
  sparseTensorType?: TensorTypeMessage;
  optionalType?: { elemType?: TypeMessage };
}

export interface TensorTypeMessage {
  elemType?: number;
  shape?: { dim?: DimensionMessage[] };
}

export interface DimensionMessage {
  dimValue?: Long | number;
  dimParam?: string;
}

/** AttributeProto.AttributeType */
export const attributeCodes = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
} as const;

/** TensorProto.DataLocation.EXTERNAL */
export const externalLocation = 1;

/** An int64 field as bigint. */
export function toBigInt(value: Long | number): bigint {
  return typeof value === 'number' ? BigInt(value) : (BigInt(value.high) << 32n) | BigInt(value.low >>> 0);
}

/** An int64 field as number: exact up to 2^53. */
export function toNumber(value: Long | number): number {
  return typeof value === 'number' ? value : value.high * 2 ** 32 + (value.low >>> 0);
}

/** True when the message itself holds the field (protobufjs puts defaults on the prototype). */
export function has(message: object, field: string): boolean {
  return Object.hasOwn(message, field);
}

/** A copy whose fields can be changed; the fields that we do not know come along. */
export function cloneMessage<Message extends object>(message: Message): Message {
  const clone = Object.assign(Object.create(Object.getPrototypeOf(message) as object) as Message, message);
  const unknowns = Object.getOwnPropertyDescriptor(message, '$unknowns');
  if (unknowns !== undefined) Object.defineProperty(clone, '$unknowns', unknowns);
  return clone;
}
