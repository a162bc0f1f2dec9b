import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeModel } from '../../src/onnx/write.js';
import { probeModel } from '../../src/runtime/probe.js';
import { buildModel } from '../support/build.js';
import { describeReal, realModel } from './real-models.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'infer-opt-test-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('a sound model is described', async () => {
  const file = path.join(folder, 'sound.onnx');
  const model = buildModel(17, (graph) => {
    graph.output(graph.node('Neg', [graph.input('x', 'float32[batch,2]')]), 'y', 'float32[batch,2]');
  });
  writeFileSync(file, encodeModel(model));
  expect(await probeModel(file)).toEqual({
    opens: true,
    inputs: [{ name: 'x', dtype: 'float32', dims: ['batch', 2] }],
    outputs: [{ name: 'y', dtype: 'float32', dims: ['batch', 2] }],
  });
});

test('what is no model is a failure with a reason, not an exception', async () => {
  const file = path.join(folder, 'noise.onnx');
  writeFileSync(file, 'this is no protobuf');
  expect(await probeModel(file)).toEqual({
    opens: false,
    failure: 'load',
    reason: `${file}: this is no ONNX model (the runtime cannot parse it)`,
  });
});

describeReal('real models', () => {
  test('a refused one says the operator', async () => {
    expect(await probeModel(realModel('reject-unknown-op'))).toMatchObject({
      opens: false,
      failure: 'load',
      reason: expect.stringContaining('operator LegacyPadding of domain com.microsoft is unknown') as string,
    });
  });
});
