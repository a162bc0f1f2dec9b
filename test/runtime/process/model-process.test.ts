import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelProcessError } from '../../../src/runtime/process/model-process-error.js';
import { ModelProcess } from '../../../src/runtime/process/model-process.js';
import { toFloat16Bits } from '../../support/sixteen-bit.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { linear, writeTiny } from '../../bench/tiny-models.js';
import { build } from '../../cli/run-cli.js';

beforeAll(build, 180_000);

const feeds = (values: number[]): Map<string, Tensor> =>
  new Map([['x', Tensor.float32([values.length / 2, 2], values)]]);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function failureOf(promise: Promise<unknown>): Promise<ModelProcessError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ModelProcessError))
    throw new Error(`expected a ModelProcessError, got ${String(error)}`);
  return error;
}

describe('a model in a process', () => {
  let model: ModelProcess;
  beforeAll(async () => {
    model = await ModelProcess.start(writeTiny('linear', linear(2, 3, [1, 2, 3, 4, 5, 6])), { threads: 1 });
  });
  afterAll(async () => {
    await model.close();
  });

  it('says what it takes and gives', () => {
    expect(model.inputs).toEqual([{ name: 'x', dtype: 'float32', dims: ['batch', 2] }]);
    expect(model.outputs).toEqual([{ name: 'scores', dtype: 'float32', dims: ['batch', 3] }]);
    expect(model.loadMs).toBeGreaterThan(0);
  });

  it('runs', async () => {
    const scores = (await model.run(feeds([1, 1, 0, 2]))).get('scores')!;
    expect(scores.dims).toEqual([2, 3]);
    expect(Array.from(scores.toFloat32())).toEqual([5, 7, 9, 8, 10, 12]);
  });

  it('takes tensors that lie anywhere in their buffer', async () => {
    const bytes = new Uint8Array(11).fill(255);
    bytes.set(new Uint8Array(new Float32Array([1, 0]).buffer), 3);
    const shifted = Tensor.fromBytes('float32', [1, 2], bytes.subarray(3));
    const scores = (await model.run(new Map([['x', shifted]]))).get('scores')!;
    expect(Array.from(scores.toFloat32())).toEqual([1, 2, 3]);
  });

  it('times each run on the samples in turn', async () => {
    await model.setSamples([feeds([1, 1]), feeds([1, 2])]);
    const times = await model.timeBlock(25, 1);
    expect(times).toHaveLength(25);
    expect(times.every((ms) => ms > 0 && ms < 1000)).toBe(true);
  });

  it('tells its memory', async () => {
    const { rss, peakRss } = await model.memory();
    expect(rss).toBeGreaterThan(20e6);
    expect(peakRss).toBeGreaterThanOrEqual(rss * 0.9);
  });

  it('names a run that the runtime refuses, and goes on', async () => {
    const wrong = new Map([['x', Tensor.float32([1, 5], [1, 2, 3, 4, 5])]]);
    const error = await failureOf(model.run(wrong));
    expect(error.failure).toBe('run');
    expect(error.message).toMatch(
      /linear\.onnx: the runtime failed to run it: .*index: 1 Got: 5 Expected: 2/,
    );
    expect(error.message).not.toContain('\n');
    expect((await model.run(feeds([1, 1]))).size).toBe(1);
  });
});

describe('element types', () => {
  it.each([
    ['float16', Tensor.of('float16', [3], Uint16Array.from([1.5, -2, 0], toFloat16Bits))],
    ['int64', Tensor.int64([3], [1n, -(2n ** 62n), 3n])],
    ['bool', Tensor.of('bool', [3], Uint8Array.of(1, 0, 1))],
    ['string', Tensor.fromStrings([3], ['a', '', 'ö€'])],
  ] as const)('%s go through unchanged', async (type, tensor) => {
    const path = writeTiny(`identity-${type}`, {
      inputs: [{ name: 'in', type, dims: [3] }],
      outputs: [{ name: 'out', type, dims: [3] }],
      nodes: [{ op: 'Identity', inputs: ['in'], outputs: ['out'] }],
    });
    const model = await ModelProcess.start(path, { threads: 1 });
    try {
      const out = (await model.run(new Map([['in', tensor]]))).get('out')!;
      expect(out.dtype).toBe(type);
      if (type === 'string') expect(out.strings).toEqual(tensor.strings);
      else expect(out.bytes()).toEqual(tensor.bytes());
    } finally {
      await model.close();
    }
  });
});

describe('a model that fails', () => {
  it('is named when the runtime cannot open it', async () => {
    const path = writeTiny('broken', Uint8Array.of(1, 2, 3));
    const error = await failureOf(ModelProcess.start(path, { threads: 1 }));
    expect(error.failure).toBe('load');
    expect(error.code).toBe('model');
    expect(error.message).toContain('broken.onnx: this is no ONNX model');
  });

  it('is named with the signal when its process dies', async () => {
    const model = await ModelProcess.start(writeTiny('killed', linear(2, 1, [1, 1])), { threads: 1 });
    await model.setSamples([feeds([1, 1])]);
    const block = failureOf(model.timeBlock(5_000_000, 0));
    process.kill(model.pid, 'SIGSEGV');
    const error = await block;
    expect(error.failure).toBe('crash');
    expect(error.message).toMatch(/killed\.onnx: its process died during "time-block" \(signal SIGSEGV\)/);
    expect((await failureOf(model.run(feeds([1, 1])))).failure).toBe('crash');
    await model.close();
  });

  it('is stopped when it does not answer in time', async () => {
    const model = await ModelProcess.start(writeTiny('slow', linear(2, 1, [1, 1])), {
      threads: 1,
      timeoutMs: 3000,
    });
    await model.setSamples([feeds([1, 1])]);
    const error = await failureOf(model.timeBlock(50_000_000, 0));
    expect(error.failure).toBe('timeout');
    expect(error.message).toContain('no answer to "time-block" in 3 s');
    await model.close();
    expect(isAlive(model.pid)).toBe(false);
  });
});

describe('no process is left over', () => {
  it('after close', async () => {
    const model = await ModelProcess.start(writeTiny('closed', linear(2, 1, [1, 1])), { threads: 1 });
    expect(isAlive(model.pid)).toBe(true);
    await model.close();
    await model.close();
    expect(isAlive(model.pid)).toBe(false);
  });

  it('after an abort, and what was under way gets the reason', async () => {
    const controller = new AbortController();
    const path = writeTiny('aborted', linear(2, 1, [1, 1]));
    const model = await ModelProcess.start(path, { threads: 1, signal: controller.signal });
    await model.setSamples([feeds([1, 1])]);
    const block = model.timeBlock(50_000_000, 0);
    controller.abort(new Error('enough'));
    await expect(block).rejects.toThrow('enough');
    await model.close();
    expect(isAlive(model.pid)).toBe(false);
    await expect(ModelProcess.start(path, { threads: 1, signal: controller.signal })).rejects.toThrow(
      'enough',
    );
  });
});
