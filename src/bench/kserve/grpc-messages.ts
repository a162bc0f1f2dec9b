import protobuf from 'protobufjs/light.js';

type FieldRow = readonly [name: string, id: number, type: string, rule?: 'repeated'];

/**
 * The messages of `inference.GRPCInferenceService` that are used here, by their fields
 * (https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/open_inference_grpc.proto).
 */
const messages: Readonly<Record<string, readonly FieldRow[]>> = {
  ServerReadyRequest: [],
  ServerReadyResponse: [['ready', 1, 'bool']],
  ModelReadyRequest: [['name', 1, 'string']],
  ModelReadyResponse: [['ready', 1, 'bool']],
  ModelMetadataRequest: [['name', 1, 'string']],
  ModelMetadataResponse: [
    ['name', 1, 'string'],
    ['versions', 2, 'string', 'repeated'],
    ['platform', 3, 'string'],
    ['inputs', 4, 'Tensor', 'repeated'],
    ['outputs', 5, 'Tensor', 'repeated'],
  ],
  // Metadata, inputs of a request and outputs of an answer share these numbers.
  Tensor: [
    ['name', 1, 'string'],
    ['datatype', 2, 'string'],
    ['shape', 3, 'int64', 'repeated'],
    ['contents', 5, 'InferTensorContents'],
  ],
  InferTensorContents: [
    ['boolContents', 1, 'bool', 'repeated'],
    ['intContents', 2, 'int32', 'repeated'],
    ['int64Contents', 3, 'int64', 'repeated'],
    ['uintContents', 4, 'uint32', 'repeated'],
    ['uint64Contents', 5, 'uint64', 'repeated'],
    ['fp32Contents', 6, 'float', 'repeated'],
    ['fp64Contents', 7, 'double', 'repeated'],
    ['bytesContents', 8, 'bytes', 'repeated'],
  ],
  ModelInferRequest: [
    ['modelName', 1, 'string'],
    ['inputs', 5, 'Tensor', 'repeated'],
    ['rawInputContents', 7, 'bytes', 'repeated'],
  ],
  ModelInferResponse: [
    ['modelName', 1, 'string'],
    ['outputs', 5, 'Tensor', 'repeated'],
    ['rawOutputContents', 6, 'bytes', 'repeated'],
  ],
};

const root = new protobuf.Root();
const scope = root.define('inference');
for (const [name, fields] of Object.entries(messages)) {
  const type = new protobuf.Type(name);
  for (const [field, id, kind, rule] of fields) type.add(new protobuf.Field(field, id, kind, rule));
  scope.add(type);
}

/** The message as bytes. */
export function encodeMessage(type: string, message: object): Uint8Array {
  const found = root.lookupType(`inference.${type}`);
  return found.encode(found.fromObject(message)).finish();
}

/** A message from its bytes, with 64-bit integers as numbers. Throws where they are no such message. */
export function decodeMessage(type: string, bytes: Uint8Array): unknown {
  const found = root.lookupType(`inference.${type}`);
  return found.toObject(found.decode(bytes), { longs: String, defaults: true });
}
