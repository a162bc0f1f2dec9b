import { execaSync } from 'execa';
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { InferOptError } from '../../src/errors.js';
import { loadModel } from '../../src/onnx/load.js';
import { temporaryFolder } from '../data/helpers.js';

const { onnx } = onnxProto;
const folder = temporaryFolder();
const inside = join(folder.path, 'models');
mkdirSync(inside);
folder.write('outside.bin', new Uint8Array(64));
folder.write('models/weights.bin', new Uint8Array(64));
const model = join(inside, 'model.onnx');

/** A model with 16 floats at a place. */
function withData(entries: Readonly<Record<string, string>>): string {
  const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
  const w = { name: 'w', dims: [16], dataType: 1, dataLocation: 1, externalData };
  const message = {
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      node: [{ opType: 'Identity', input: ['w'], output: ['y'] }],
      initializer: [w],
      output: [{ name: 'y' }],
    },
  };
  writeFileSync(model, onnx.ModelProto.encode(onnx.ModelProto.fromObject(message)).finish());
  return model;
}

const refusal = (entries: Readonly<Record<string, string>>): Promise<unknown> =>
  loadModel(withData(entries)).then(
    () => 'it was read',
    (thrown: unknown) => {
      expect(thrown).toBeInstanceOf(InferOptError);
      expect((thrown as InferOptError).code).toBe('model');
      return (thrown as InferOptError).message;
    },
  );

describe('external data', () => {
  it('is read from beside the model, and by another name of a file there', async () => {
    const read = await loadModel(withData({ location: 'weights.bin' }));
    expect(read.graph.get('w')!.constant!.toFloat32()).toHaveLength(16);
    linkSync(join(inside, 'weights.bin'), join(inside, 'hard.bin'));
    symlinkSync('weights.bin', join(inside, 'soft.bin'));
    for (const location of ['hard.bin', 'soft.bin', './weights.bin'])
      expect(await refusal({ location })).toBe('it was read');
  });

  it.each([
    ['the folder above', '../outside.bin', 'outside of the folder of the model'],
    ['the folder above, by a detour', 'a/../../outside.bin', 'outside of the folder of the model'],
    ['an absolute path', '/etc/passwd', 'which is no relative path'],
    ['a zero byte', 'weights.bin\0.txt', 'which is no relative path'],
    ['the folder itself', '.', 'outside of the folder of the model'],
    ['a file that is not there', 'none.bin', 'which is not there'],
    ['nothing', '', 'says no location'],
  ])('is refused from %s', async (_, location, reason) => {
    expect(await refusal({ location })).toContain(reason);
  });

  it.skipIf(process.platform === 'win32')(
    'is refused through links that lead out, from devices and pipes',
    async () => {
      symlinkSync('../outside.bin', join(inside, 'out.bin'));
      symlinkSync('/dev/zero', join(inside, 'zero'));
      symlinkSync('..', join(inside, 'up'));
      execaSync('mkfifo', [join(inside, 'pipe')]);
      mkdirSync(join(inside, 'sub'));
      for (const location of ['out.bin', 'zero', 'up/outside.bin'])
        expect(await refusal({ location })).toContain('outside of the folder of the model');
      for (const location of ['pipe', 'sub'])
        expect(await refusal({ location })).toContain('no regular file');
    },
  );

  it.each([
    ['an offset beyond the end', { offset: '4' }, 'ends at byte 68'],
    ['an offset that wraps', { offset: '18446744073709551612' }, 'offset "18446744073709551612"'],
    ['an offset below 0', { offset: '-4' }, 'offset "-4"'],
    ['an offset in exponents', { offset: '1e1' }, 'offset "1e1"'],
    ['a length that is not the tensor’s', { length: '60' }, 'needs 64 bytes and its external data has 60'],
  ])('is refused with %s', async (_, more, reason) => {
    expect(await refusal({ location: 'weights.bin', ...more })).toContain(reason);
  });

  it('that shrinks or vanishes before it is read is an error of the model', async () => {
    const data = join(inside, 'later.bin');
    copyFileSync(join(inside, 'weights.bin'), data);
    const { constant } = (await loadModel(withData({ location: 'later.bin' }))).graph.get('w')!;
    truncateSync(data, 10);
    expect(() => constant!.bytes()).toThrow('became shorter while it was read');
    unlinkSync(data);
    expect(() => constant!.bytes()).toThrow('cannot be read any more');
  });
});

describe.skipIf(process.platform === 'win32')('a model that is no file', () => {
  it('is refused before it is read', async () => {
    const pipe = join(folder.path, 'pipe.onnx');
    execaSync('mkfifo', [pipe]);
    for (const path of ['/dev/zero', pipe])
      await expect(loadModel(path)).rejects.toMatchObject({
        code: 'model',
        message: `${path} is no regular file`,
      });
  });
});
