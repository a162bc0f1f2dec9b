import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InferOptError } from '../src/errors.js';
import { checkOutputFile, writeWhole } from '../src/output-file.js';

let folder = '';
let out = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'infer-opt-output-'));
  out = join(folder, 'out.onnx');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('writeWhole', () => {
  it('puts the file in place and leaves nothing else', async () => {
    await writeWhole(out, (temporary) => writeFile(temporary, 'new'));
    expect(await readFile(out, 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['out.onnx']);
  });

  it('writes beside the target, and shows nothing of it before the end', async () => {
    await writeFile(out, 'old');
    await writeWhole(out, async (temporary) => {
      expect(temporary.startsWith(folder)).toBe(true);
      await writeFile(temporary, 'new');
      expect(await readFile(out, 'utf8')).toBe('old');
    });
    expect(await readFile(out, 'utf8')).toBe('new');
  });

  it('keeps the old file and removes its own when writing fails', async () => {
    await writeFile(out, 'old');
    const failing = writeWhole(out, async (temporary) => {
      await writeFile(temporary, 'half');
      throw new Error('broken');
    });
    await expect(failing).rejects.toThrow('broken');
    expect(await readFile(out, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['out.onnx']);
  });

  it('keeps the old file when it is aborted while writing', async () => {
    await writeFile(out, 'old');
    const abort = new AbortController();
    const aborted = writeWhole(
      out,
      async (temporary) => {
        await writeFile(temporary, 'new');
        abort.abort();
      },
      { signal: abort.signal },
    );
    await expect(aborted).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(await readFile(out, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['out.onnx']);
  });

  it('follows a symbolic link', async () => {
    await writeFile(out, 'old');
    await symlink(out, join(folder, 'link'));
    await writeWhole(join(folder, 'link'), (temporary) => writeFile(temporary, 'new'));
    expect(await readFile(out, 'utf8')).toBe('new');
  });

  it('says in one line that the folder does not exist', async () => {
    const path = join(folder, 'none', 'out.onnx');
    const failing = writeWhole(path, (temporary) => writeFile(temporary, 'new'));
    await expect(failing).rejects.toThrow(`cannot write ${path}: the folder does not exist`);
    await expect(failing).rejects.toBeInstanceOf(InferOptError);
  });

  it('says in one line that no space is left', async () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const failing = writeWhole(out, () => Promise.reject(full));
    await expect(failing).rejects.toThrow(
      expect.objectContaining({
        code: 'output',
        message: `cannot write ${out}: no space is left on the disk`,
      }),
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('does not blame the output when reading an input fails', async () => {
    const failing = writeWhole(out, async () => {
      await readFile(join(folder, 'weights.bin'));
    });
    await expect(failing).rejects.toThrow(/^ENOENT.*weights\.bin/);
  });
});

describe('checkOutputFile', () => {
  it('accepts a new file and an existing one', async () => {
    await checkOutputFile(out);
    await writeFile(out, 'old');
    await checkOutputFile(out, [join(folder, 'model.onnx')]);
  });

  it('refuses a missing parent, a folder, and a parent that is a file', async () => {
    await mkdir(join(folder, 'models'));
    await writeFile(out, 'old');
    await expect(checkOutputFile(join(folder, 'none', 'out.onnx'))).rejects.toThrow('does not exist');
    await expect(checkOutputFile(join(folder, 'models'))).rejects.toThrow('it is a folder');
    await expect(checkOutputFile(join(out, 'deeper.onnx'))).rejects.toThrow('not a folder');
  });

  it.skipIf(process.platform === 'win32')('refuses a device', async () => {
    await expect(checkOutputFile('/dev/null')).rejects.toThrow('not a regular file');
  });

  it.skipIf(process.platform === 'win32')('recognises the input by any of its names', async () => {
    const input = join(folder, 'model.onnx');
    await writeFile(input, 'model');
    await symlink(input, join(folder, 'symbolic.onnx'));
    await link(input, join(folder, 'hard.onnx'));
    for (const name of ['model.onnx', 'symbolic.onnx', 'hard.onnx']) {
      await expect(checkOutputFile(`${folder}/${name}`, [input]), name).rejects.toThrow(
        /output .* is the input/,
      );
    }
  });
});
