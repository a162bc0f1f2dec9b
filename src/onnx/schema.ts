import protobuf from 'protobufjs/light.js';

/**
 * The fields of ONNX messages that we read (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto,
 * proto2). What is not listed (training info, device configurations, fields of the future) is kept by
 * the codec as bytes and written back.
 */
type FieldRow = readonly [name: string, id: number, type: string, shape?: 'repeated' | 'packed'];

const messages: Readonly<Record<string, readonly FieldRow[]>> = {
  ModelProto: [
    ['irVersion', 1, 'int64'],
    ['producerName', 2, 'string'],
    ['producerVersion', 3, 'string'],
    ['domain', 4, 'string'],
    ['modelVersion', 5, 'int64'],
    ['docString', 6, 'string'],
    ['graph', 7, 'GraphProto'],
    ['opsetImport', 8, 'OperatorSetIdProto', 'repeated'],
    ['metadataProps', 14, 'StringStringEntryProto', 'repeated'],
    ['functions', 25, 'FunctionProto', 'repeated'],
  ],
  OperatorSetIdProto: [
    ['domain', 1, 'string'],
    ['version', 2, 'int64'],
  ],
  StringStringEntryProto: [
    ['key', 1, 'string'],
    ['value', 2, 'string'],
  ],
  FunctionProto: [
    ['name', 1, 'string'],
    ['input', 4, 'string', 'repeated'],
    ['output', 5, 'string', 'repeated'],
    ['attribute', 6, 'string', 'repeated'],
    ['node', 7, 'NodeProto', 'repeated'],
    ['docString', 8, 'string'],
    ['opsetImport', 9, 'OperatorSetIdProto', 'repeated'],
    ['domain', 10, 'string'],
    ['attributeProto', 11, 'AttributeProto', 'repeated'],
    ['valueInfo', 12, 'ValueInfoProto', 'repeated'],
    ['overload', 13, 'string'],
    ['metadataProps', 14, 'StringStringEntryProto', 'repeated'],
  ],
  GraphProto: [
    ['node', 1, 'NodeProto', 'repeated'],
    ['name', 2, 'string'],
    ['initializer', 5, 'TensorProto', 'repeated'],
    ['docString', 10, 'string'],
    ['input', 11, 'ValueInfoProto', 'repeated'],
    ['output', 12, 'ValueInfoProto', 'repeated'],
    ['valueInfo', 13, 'ValueInfoProto', 'repeated'],
    ['quantizationAnnotation', 14, 'TensorAnnotation', 'repeated'],
    ['sparseInitializer', 15, 'SparseTensorProto', 'repeated'],
    ['metadataProps', 16, 'StringStringEntryProto', 'repeated'],
  ],
  TensorAnnotation: [
    ['tensorName', 1, 'string'],
    ['quantParameterTensorNames', 2, 'StringStringEntryProto', 'repeated'],
  ],
  NodeProto: [
    ['input', 1, 'string', 'repeated'],
    ['output', 2, 'string', 'repeated'],
    ['name', 3, 'string'],
    ['opType', 4, 'string'],
    ['attribute', 5, 'AttributeProto', 'repeated'],
    ['docString', 6, 'string'],
    ['domain', 7, 'string'],
    ['overload', 8, 'string'],
    ['metadataProps', 9, 'StringStringEntryProto', 'repeated'],
  ],
  AttributeProto: [
    ['name', 1, 'string'],
    ['f', 2, 'float'],
    ['i', 3, 'int64'],
    ['s', 4, 'bytes'],
    ['t', 5, 'TensorProto'],
    ['g', 6, 'GraphProto'],
    ['floats', 7, 'float', 'repeated'],
    ['ints', 8, 'int64', 'repeated'],
    ['strings', 9, 'bytes', 'repeated'],
    ['tensors', 10, 'TensorProto', 'repeated'],
    ['graphs', 11, 'GraphProto', 'repeated'],
    ['docString', 13, 'string'],
    ['tp', 14, 'TypeProto'],
    ['typeProtos', 15, 'TypeProto', 'repeated'],
    ['type', 20, 'int32'],
    ['refAttrName', 21, 'string'],
    ['sparseTensor', 22, 'SparseTensorProto'],
    ['sparseTensors', 23, 'SparseTensorProto', 'repeated'],
  ],
  ValueInfoProto: [
    ['name', 1, 'string'],
    ['type', 2, 'TypeProto'],
    ['docString', 3, 'string'],
    ['metadataProps', 4, 'StringStringEntryProto', 'repeated'],
  ],
  TensorProto: [
    ['dims', 1, 'int64', 'repeated'],
    ['dataType', 2, 'int32'],
    ['segment', 3, 'TensorSegment'],
    ['floatData', 4, 'float', 'packed'],
    ['int32Data', 5, 'int32', 'packed'],
    ['stringData', 6, 'bytes', 'repeated'],
    ['int64Data', 7, 'int64', 'packed'],
    ['name', 8, 'string'],
    ['rawData', 9, 'bytes'],
    ['doubleData', 10, 'double', 'packed'],
    ['uint64Data', 11, 'uint64', 'packed'],
    ['docString', 12, 'string'],
    ['externalData', 13, 'StringStringEntryProto', 'repeated'],
    ['dataLocation', 14, 'int32'],
    ['metadataProps', 16, 'StringStringEntryProto', 'repeated'],
  ],
  TensorSegment: [
    ['begin', 1, 'int64'],
    ['end', 2, 'int64'],
  ],
  SparseTensorProto: [
    ['values', 1, 'TensorProto'],
    ['indices', 2, 'TensorProto'],
    ['dims', 3, 'int64', 'repeated'],
  ],
  TypeProto: [
    ['tensorType', 1, 'TensorTypeProto'],
    ['sequenceType', 4, 'SequenceTypeProto'],
    ['mapType', 5, 'MapTypeProto'],
    ['denotation', 6, 'string'],
    ['sparseTensorType', 8, 'TensorTypeProto'],
    ['optionalType', 9, 'SequenceTypeProto'],
  ],
  TensorTypeProto: [
    ['elemType', 1, 'int32'],
    ['shape', 2, 'TensorShapeProto'],
  ],
  SequenceTypeProto: [['elemType', 1, 'TypeProto']],
  MapTypeProto: [
    ['keyType', 1, 'int32'],
    ['valueType', 2, 'TypeProto'],
  ],
  TensorShapeProto: [['dim', 1, 'DimensionProto', 'repeated']],
  DimensionProto: [
    ['dimValue', 1, 'int64'],
    ['dimParam', 2, 'string'],
    ['denotation', 3, 'string'],
  ],
};

const root = protobuf.Root.fromJSON({
  nested: Object.fromEntries(
    Object.entries(messages).map(([name, fields]) => [
      name,
      {
        // proto2: a field that is present with its default value stays present.
        edition: 'proto2',
        fields: Object.fromEntries(
          fields.map(([field, id, type, shape]) => [
            field,
            {
              id,
              type,
              ...(shape === undefined ? {} : { rule: 'repeated', options: { packed: shape === 'packed' } }),
            },
          ]),
        ),
      },
    ]),
  ),
});

// Fields that the table does not know survive; protobufjs drops them otherwise.
protobuf.Reader.discardUnknown = false;
// A graph inside a node inside a graph takes four levels of messages.
protobuf.Reader.recursionLimit = 400;
protobuf.util.recursionLimit = 400;

export const modelType = root.lookupType('ModelProto');
