import onnxProto from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { parseTensorProto } from '../../src/data/tensor-proto.js';

const { onnx } = onnxProto;

/** Serialized by the protobuf code of another package. */
function encoded(fields: Parameters<typeof onnx.TensorProto.create>[0]): Uint8Array {
  return onnx.TensorProto.encode(onnx.TensorProto.create(fields)).finish();
}

describe('parseTensorProto', () => {
  it('reads raw data', () => {
    const rawData = new Uint8Array(Float32Array.of(1.5, -2, 3).buffer);
    const { name, tensor } = parseTensorProto(
      encoded({ name: 'x', dims: [3, 1], dataType: 1, rawData }),
      'a.pb',
    );
    expect([name, tensor.dtype, tensor.dims, Array.from(tensor.toNumbers())]).toEqual([
      'x',
      'float32',
      [3, 1],
      [1.5, -2, 3],
    ]);
  });

  it.each([
    ['float_data', { dataType: 1, floatData: [0.5, -1] }, [0.5, -1]],
    ['double_data', { dataType: 11, doubleData: [0.1, 1e300] }, [0.1, 1e300]],
    ['int32_data', { dataType: 6, int32Data: [-1, 2 ** 31 - 1] }, [-1, 2 ** 31 - 1]],
    ['int32_data of int8', { dataType: 3, int32Data: [-128, 127] }, [-128, 127]],
    ['int32_data of uint8', { dataType: 2, int32Data: [0, 255] }, [0, 255]],
    ['int32_data of bool', { dataType: 9, int32Data: [1, 0] }, [1, 0]],
    ['int32_data of float16 bits', { dataType: 10, int32Data: [0x3c00, 0xc000] }, [1, -2]],
    ['uint64_data of uint32', { dataType: 12, uint64Data: [0, 2 ** 32 - 1] }, [0, 2 ** 32 - 1]],
  ])('reads %s', (_, fields, values) => {
    const { tensor } = parseTensorProto(encoded({ dims: [2], ...fields }), 'a.pb');
    expect(Array.from(tensor.toNumbers())).toEqual(values);
  });

  it('keeps all 64 bits', () => {
    // dims: 2; data_type: INT64; int64_data: [-1, 2^62 + 1], not packed, written by hand
    const bytes = Buffer.from('0802' + '1007' + '38ffffffffffffffffff01' + '38818080808080808040', 'hex');
    expect(parseTensorProto(bytes, 'a.pb').tensor.toBigInts()).toEqual([-1n, 2n ** 62n + 1n]);
  });

  it('reads text and scalars', () => {
    const text = parseTensorProto(
      encoded({ dims: [1], dataType: 8, stringData: [Buffer.from('größe')] }),
      'a.pb',
    ).tensor;
    expect(Buffer.from(text.strings[0]!).toString()).toBe('größe');
    const scalar = parseTensorProto(
      encoded({ dims: [], dataType: 7, rawData: new Uint8Array(8).fill(255) }),
      'a.pb',
    ).tensor;
    expect([scalar.dims, scalar.toBigInts()]).toEqual([[], [-1n]]);
  });

  it.each([
    ['cut bytes', Buffer.from('0a05', 'hex'), 'is no tensor in protobuf form'],
    ['no tensor', new Uint8Array(0), 'holds no tensor of a known type'],
    ['too few values', encoded({ dims: [3], dataType: 1, floatData: [1] }), 'needs 12 bytes and has 4'],
    [
      'values elsewhere',
      encoded({ dims: [1], dataType: 1, externalData: [{ key: 'location', value: '/etc/passwd' }] }),
      'another file',
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseTensorProto(bytes, 'input_0.pb')).toThrow(message);
    expect(() => parseTensorProto(bytes, 'input_0.pb')).toThrow('input_0.pb');
  });
});
