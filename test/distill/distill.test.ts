import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { distillModel } from '../../src/distill/distill.js';
import { ChannelTraces } from '../../src/distill/channel-traces.js';
import { matchChannels } from '../../src/distill/hints.js';
import type { Model } from '../../src/ir/model.js';
import { loadModel } from '../../src/onnx/load.js';
import { writeModel } from '../../src/onnx/write-file.js';
import { sparsityOf } from '../../src/prune/sparsity.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { buildModel, randomTensor } from '../support/build.js';

const folder = mkdtempSync(join(tmpdir(), 'infer-opt-distill-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const path = (name: string) => join(folder, name);

/** A small classifier with its batch fixed at one; `noise` moves its weights, `pruned` makes half of one zero. */
function classifier(noise: number, { pruned = false, classes = 5 } = {}): Model {
  const weights = (dims: number[], seed: number, scale: number) => {
    const moved = randomTensor(dims, seed + 100, noise).toFloat32();
    return Tensor.float32(
      dims,
      randomTensor(dims, seed, scale)
        .toFloat32()
        .map((value, i) => {
          return pruned && dims.length === 4 && dims[1]! > 1 && i % 2 === 0 ? 0 : value + moved[i]!;
        }),
    );
  };
  return buildModel(13, (g) => {
    const x = g.input('x', 'float32[1,1,8,8]');
    const stem = g.node(
      'Conv',
      [x, g.constant('w1', weights([6, 1, 3, 3], 1, 0.5))],
      { pads: [1, 1, 1, 1] },
      { name: 'stem' },
    );
    const active = g.node('Relu', [stem], {}, { name: 'active' });
    const deep = g.node(
      'Conv',
      [active, g.constant('w2', weights([8, 6, 3, 3], 2, 0.3))],
      { strides: [2, 2] },
      { name: 'deep' },
    );
    const last = g.node('Relu', [deep], {}, { name: 'last' });
    const flat = g.node('Reshape', [
      g.node('GlobalAveragePool', [last]),
      g.constant('shape', Tensor.int64([2], [1, 8])),
    ]);
    const head = g.node(
      'Gemm',
      [flat, g.constant('w3', weights([classes, 8], 3, 1)), g.constant('b3', weights([classes], 4, 0.1))],
      { transB: 1 },
      { name: 'head' },
    );
    g.output(g.node('Softmax', [head], { axis: 1 }), 'y', `float32[1,${classes}]`);
  });
}

const data = path('data.jsonl');
beforeAll(async () => {
  await writeModel(classifier(0), path('teacher.onnx'));
  await writeModel(classifier(0.15), path('student.onnx'));
  const rows = Array.from({ length: 96 }, (_, i) => {
    const pixels = Array.from(randomTensor([64], i + 1).toNumbers(), (value) => Number(value.toFixed(4)));
    return JSON.stringify({ x: [Array.from({ length: 8 }, (_, row) => pixels.slice(8 * row, 8 * row + 8))] });
  });
  writeFileSync(data, rows.join('\n'));
});

const request = (more: object = {}) => ({
  student: path('student.onnx'),
  teacher: path('teacher.onnx'),
  output: path('out.onnx'),
  data,
  dataset: { split: { calibrate: 64, evaluate: 32 } },
  epochs: 20,
  batch: 16,
  rate: 0.01,
  augment: 'none',
  ...more,
});

describe('distilling', () => {
  it('makes a student like its teacher on samples that it has not seen, the same each time to rounding', async () => {
    const result = await distillModel(request());
    expect(result).toMatchObject({
      schema: 'infer-opt/distill@1',
      data: { learned: 58, held_back: 6, evaluated: 32 },
      training: { stopped: 'finished', batch: 16, steps: 60, masks: { weights: 0, zeros: 0 } },
    });
    expect(result.evaluated!.loss.after).toBeLessThan(0.3 * result.evaluated!.loss.before);
    expect(result.training.loss.map(({ name }) => name)).toEqual(['soft', 'mse', 'mse']);
    const made = await loadModel(path('out.onnx'));
    const again = await distillModel(request({ output: path('again.onnx') }));
    // To rounding: which form of a gradient is fastest is timed, and forms add up in other orders.
    expect(again.held_back!.after.loss).toBeCloseTo(result.held_back!.after.loss, 5);
    // As it was: one sample, and only weights have changed.
    expect(made.graph.inputs[0]!.type).toMatchObject({ dims: [1, 1, 8, 8] });
    expect([...made.graph.nodes()].map(({ opType }) => opType)).toEqual(
      [...(await loadModel(path('student.onnx'))).graph.nodes()].map(({ opType }) => opType),
    );
  });

  it('keeps the zeros of a pruned student', async () => {
    await writeModel(classifier(0.05, { pruned: true }), path('pruned.onnx'));
    const result = await distillModel(request({ student: path('pruned.onnx'), epochs: 5 }));
    expect(result.training.masks).toEqual({ weights: 1, zeros: 216 });
    const [before, after] = [await loadModel(path('pruned.onnx')), await loadModel(path('out.onnx'))];
    expect(sparsityOf(after).share).toBe(sparsityOf(before).share);
  });

  it('leaves frozen layers as they are, and trains from random weights', async () => {
    const result = await distillModel(request({ freeze: ['stem', 'nothing'], epochs: 2 }));
    expect(result.training.parameters.frozen).toBe(54);
    expect(result.warnings.join()).toContain('--freeze nothing fits no node');
    const [before, after] = [await loadModel(path('student.onnx')), await loadModel(path('out.onnx'))];
    expect(after.graph.get('w1')!.constant!.bytes()).toEqual(before.graph.get('w1')!.constant!.bytes());
    expect(after.graph.get('w2')!.constant!.bytes()).not.toEqual(before.graph.get('w2')!.constant!.bytes());
    const random = await distillModel(request({ initialize: true, epochs: 40 }));
    expect(random.evaluated!.loss.after).toBeLessThan(0.5 * random.evaluated!.loss.before);
  });

  it('stops at numbers that are not finite and names where', async () => {
    const result = await distillModel(request({ rate: 1e30, clip: 1e30, epochs: 10 }));
    expect(result.training.stopped).toBe('not-finite');
    expect(result.warnings.join()).toMatch(/training stopped at step \d+: .*(layer|loss).*not finite/);
    expect(existsSync(path('out.onnx'))).toBe(true);
  });

  it('writes what it has when it is interrupted', async () => {
    const abort = new AbortController();
    rmSync(path('out.onnx'), { force: true });
    const step = {
      advance: () => {
        abort.abort();
      },
      note: () => undefined,
      done: () => undefined,
    };
    const result = await distillModel(request({ signal: abort.signal, progress: { start: () => step } }));
    expect(result.training).toMatchObject({ stopped: 'interrupted', steps: 1 });
    expect(result.evaluated).toBeNull();
    expect(existsSync(path('out.onnx'))).toBe(true);
  });

  it('goes on from a checkpoint as if it had not been stopped', async () => {
    const whole = await distillModel(request({ epochs: 10 }));
    const checkpoint = path('training.checkpoint');
    const abort = new AbortController();
    let steps = 0;
    const step = {
      advance: () => {
        if (++steps === 17) abort.abort();
      },
      note: () => undefined,
      done: () => undefined,
    };
    const first = await distillModel(
      request({ epochs: 10, checkpoint, signal: abort.signal, progress: { start: () => step } }),
    );
    expect(first.training).toMatchObject({ stopped: 'interrupted', steps: 17 });
    await expect(distillModel(request({ epochs: 11, checkpoint }))).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('another training') as string,
    });
    const rest = await distillModel(request({ epochs: 10, checkpoint }));
    expect(rest.training).toMatchObject({ stopped: 'finished', steps: 30 });
    expect(rest.held_back!.after.loss).toBeCloseTo(whole.held_back!.after.loss, 5);
    expect(existsSync(checkpoint)).toBe(false);
    writeFileSync(checkpoint, 'no checkpoint');
    await expect(distillModel(request({ checkpoint }))).rejects.toMatchObject({ code: 'data' });
  });

  it('trains against the rounding of weights to come, and writes them rounded', async () => {
    const plain = await distillModel(
      request({ student: path('teacher.onnx'), epochs: 1, rate: 1e-9, round: 'int4' }),
    );
    const trained = await distillModel(request({ student: path('teacher.onnx'), epochs: 30, round: 'int4' }));
    expect(trained.training.rounding).toBe('int4');
    expect(trained.evaluated!.loss.after).toBeLessThan(0.7 * plain.evaluated!.loss.after);
    const weights = (await loadModel(path('out.onnx'))).graph.get('w2')!.constant!;
    for (let channel = 0; channel < 8; channel++) {
      const own = weights.toFloat32().subarray(channel * 54, channel * 54 + 54);
      const scale = Math.max(...own.map(Math.abs)) / 7;
      for (const value of own) expect(value / scale).toBeCloseTo(Math.round(value / scale), 4);
    }
  });

  it('keeps to the memory that is allowed, and says when it is too little', async () => {
    const whole = await distillModel(request({ epochs: 3 }));
    expect(whole.training.parts).toBe(1);
    const memoryBytes = whole.training.memory_bytes / 2.5;
    const parted = await distillModel(request({ epochs: 3, memoryBytes }));
    expect(parted.training.parts).toBeGreaterThan(1);
    expect(parted.training.memory_bytes).toBeLessThanOrEqual(memoryBytes);
    expect(parted.held_back!.after.loss).toBeCloseTo(whole.held_back!.after.loss, 4);
    await expect(distillModel(request({ memoryBytes: 1000 }))).rejects.toMatchObject({
      code: 'environment',
      message: expect.stringMatching(
        /one sample of a training step needs \d+ MB, and 1 MB are allowed/,
      ) as string,
    });
  });

  it('learns from labels beside the teacher, and says where there are none', async () => {
    writeFileSync(path('labels.txt'), Array.from({ length: 96 }, () => '2').join('\n'));
    writeFileSync(path('labelled.yaml'), 'source: data.jsonl\nlabels: labels.txt\ntask: classification\n');
    // Labels that the teacher does not give: what the student learns comes from them.
    const labelled = { data: path('labelled.yaml'), labelWeight: 20, hintWeight: 0 };
    const { evaluated, training } = await distillModel(request(labelled));
    expect(training.loss.map(({ name }) => name)).toEqual(['soft', 'labels']);
    expect(evaluated!.top1!.teacher).toBeLessThan(0.8);
    expect(evaluated!.top1!.after).toBeGreaterThan(0.95);
    await expect(distillModel(request({ labelWeight: 1 }))).rejects.toMatchObject({
      code: 'data',
      message: expect.stringContaining('has no label') as string,
    });
  });

  it('ends early when nothing becomes better', async () => {
    const result = await distillModel(
      request({ student: path('teacher.onnx'), rate: 1, epochs: 200, patience: 2 }),
    );
    expect(result.training.stopped).toBe('patience');
    expect(result.training.steps).toBeLessThan(300);
  });
});

describe('what cannot be distilled', () => {
  it.each([
    [{ data: undefined }, 'usage', 'there is nothing to learn from'],
    [{ epochs: undefined }, 'usage', 'nothing says how long to train'],
    [{ output: path('teacher.onnx') }, 'output', 'is the input'],
    [{ loss: 'none' }, 'usage', 'there is no loss none'],
    [{ augment: 'flip,turn' }, 'usage', 'there is no augmentation turn'],
    [{ labelWeight: 1, augment: 'shift,mix' }, 'usage', '--augment mix makes samples that no label fits'],
    [{ freeze: ['*'] }, 'model', 'no float32 weights to train'],
    [
      { dataset: { split: { calibrate: 0, evaluate: 32 } } },
      'data',
      'has no calibration samples to learn from',
    ],
  ])('%o', async (more, code, message) => {
    await expect(distillModel(request(more) as Parameters<typeof distillModel>[0])).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  it('a student whose outputs are not those of its teacher', async () => {
    await writeModel(classifier(0, { classes: 4 }), path('other.onnx'));
    await expect(distillModel(request({ student: path('other.onnx') }))).rejects.toMatchObject({
      code: 'model',
      message: 'the student gives y as float32[1,4], the teacher y as float32[1,5]',
    });
  });
});

describe('channels of hints', () => {
  it('are found again in another order and scale, and the rest is left out', () => {
    const other = randomTensor([4, 6, 5, 5], 1);
    const [all, alien] = [other.toFloat32(), randomTensor([4, 1, 5, 5], 9).toFloat32()];
    const order = [4, 1, 5];
    const own = Tensor.float32(
      [4, 4, 5, 5],
      Array.from({ length: 400 }, (_, i) => {
        const [n, c, at] = [Math.floor(i / 100), Math.floor(i / 25) % 4, i % 25];
        return c === 3 ? alien[n * 25 + at]! : 2 * all[(n * 6 + order[c]!) * 25 + at]! + 1;
      }),
    );
    const traces = (...tensors: Tensor[]): ChannelTraces => {
      const all = new ChannelTraces();
      for (const tensor of tensors) all.add(tensor);
      return all;
    };
    expect(matchChannels(traces(own), traces(other))).toEqual({ student: [0, 1, 2], teacher: order });
    expect(matchChannels(traces(randomTensor([4, 4, 5, 5], 20)), traces(other))).toBeUndefined();
    expect(matchChannels(traces(other), traces(other))).toEqual({ student: undefined, teacher: undefined });
  });
});
