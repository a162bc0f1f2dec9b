import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, inferOpt, root } from './run-cli.js';

let folder = '';

beforeAll(async () => {
  build();
  folder = await mkdtemp(join(tmpdir(), 'infer-opt-telemetry-'));
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the runtime's telemetry", () => {
  it('is off, in our process and in those of the models: it would leave its log and session in the temporary folder', async () => {
    const model = join(root, 'fixtures', 'glyphs-resnet.onnx');
    const words = ['bench', model, '--samples', '5', '--time', '300ms', '--quiet'];
    const { exitCode } = await inferOpt(words, { env: { TMPDIR: folder } });
    expect(exitCode).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  });
});
