import fc from 'fast-check';
import onnxProto from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { parseIdx } from '../../src/data/idx.js';
import { parseNpy } from '../../src/data/npy.js';
import { parseTensorProto } from '../../src/data/tensor-proto.js';
import { listZip, readZipMember } from '../../src/data/zip.js';
import { InferOptError } from '../../src/errors.js';
import { array, counting, npzBytes, temporaryFolder } from './helpers.js';

const { onnx } = onnxProto;
const folder = temporaryFolder();
const proto = onnx.TensorProto.create({ name: 'x', dims: [2, 3], dataType: 1, floatData: counting(6) });

/** A whole file with some bytes overwritten and its end cut off. */
function damaged(whole: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
  return fc.tuple(fc.array(change, { maxLength: 4 }), fc.nat(whole.length)).map(([changes, cut]) => {
    const out = Uint8Array.from(whole);
    for (const [at, value] of changes) out[at] = value;
    return cut % 3 === 0 ? out.subarray(0, cut) : out;
  });
}

describe('damaged files', () => {
  it.each<[string, Uint8Array, (bytes: Uint8Array) => unknown]>([
    ['.npy', array.f4([2, 3], counting(6)), (bytes) => parseNpy(bytes, 'a')],
    [
      'IDX',
      Uint8Array.from([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, ...counting(6)]),
      (bytes) => parseIdx(bytes, 'a'),
    ],
    ['TensorProto', onnx.TensorProto.encode(proto).finish(), (bytes) => parseTensorProto(bytes, 'a')],
  ])('%s is read, or refused as data', (_, whole, parse) => {
    fc.assert(
      fc.property(damaged(whole), (bytes) => {
        try {
          parse(bytes);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(InferOptError);
          expect((thrown as InferOptError).code).toBe('data');
        }
      }),
      { numRuns: 500 },
    );
  });

  it('.npz is read, or refused as data', async () => {
    const whole = npzBytes({ x: array.f4([2, 3], counting(6)), y: array.f4([100], counting(100)) });
    await fc.assert(
      fc.asyncProperty(damaged(whole), async (bytes) => {
        const path = folder.write('a.npz', bytes);
        try {
          for (const member of await listZip(path)) await readZipMember(path, member);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(InferOptError);
          expect((thrown as InferOptError).code).toBe('data');
        }
      }),
      { numRuns: 200 },
    );
  });
});
