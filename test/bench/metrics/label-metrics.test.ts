import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { labelMetrics, outputMetrics } from '../../../src/bench/metrics/list.js';
import type { Answer } from '../../../src/bench/metrics/metric.js';
import { loadDecode } from '../../../src/bench/metrics/decode.js';
import { loadOwnMetric } from '../../../src/bench/metrics/own.js';
import { Tensor } from '../../../src/tensor/tensor.js';

const folder = mkdtempSync(join(tmpdir(), 'infer-opt-metric-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Given {
  readonly output: Tensor;
  readonly label?: number;
  readonly target?: Tensor;
}

async function measure(name: string, samples: readonly Given[]): Promise<number> {
  const metric = labelMetrics.find((one) => one.name === name)!;
  const kept = samples.map(({ output, label, target }, i) =>
    metric.keep({
      sample: `#${i}`,
      outputs: new Map([['y', output]]),
      scores: output,
      label,
      target,
    } satisfies Answer),
  );
  return metric.value((await metric.settle?.(kept)) ?? kept);
}

const row = (...values: number[]): Tensor => Tensor.float32([1, values.length], values);
const floats = (dims: number[], ...values: number[]): Tensor => Tensor.float32(dims, values);

describe('classification', () => {
  // Labels 0 0 1 1 2, answers 0 1 1 1 0.
  const samples = [
    { output: row(5, 0, 0), label: 0 },
    { output: row(0, 5, 0), label: 0 },
    { output: row(0, 5, 0), label: 1 },
    { output: row(0, 5, 0), label: 1 },
    { output: row(5, 0, 0), label: 2 },
  ];

  it('f1 is the mean over classes of 2 TP / (2 TP + FP + FN)', async () => {
    // Class 0: 2 / 4; class 1: 4 / 5; class 2: 0.
    expect(await measure('f1', samples)).toBeCloseTo((0.5 + 0.8 + 0) / 3, 12);
  });

  it('the calibration error compares confidence with accuracy', async () => {
    // All answers have the confidence e^5 / (e^5 + 2), and 3 of 5 are right.
    const confidence = Math.exp(5) / (Math.exp(5) + 2);
    expect(await measure('calibration_error', samples)).toBeCloseTo(confidence - 0.6, 6);
    // Probabilities are taken as they are: right half of the time at 0.5.
    const coins = [0, 1].map((label) => ({ output: row(0.5, 0.5), label }));
    expect(await measure('calibration_error', coins)).toBeCloseTo(0, 6);
  });
});

it('regression is measured over all numbers', async () => {
  const samples = [
    { output: row(1, 3), target: floats([2], 2, 2) },
    { output: row(5, 9), target: floats([2], 5, 7) },
  ];
  expect(await measure('mae', samples)).toBe((1 + 1 + 0 + 2) / 4);
  // Labels 2 2 5 7 have the mean 4 and squared distances 4 4 1 9.
  expect(await measure('r2', samples)).toBeCloseTo(1 - 6 / 18, 12);
  await expect(measure('mae', [{ output: row(1, 2), label: 1 }])).rejects.toThrow('1 numbers as its label');
});

it('retrieval asks every sample for its nearest others', async () => {
  const samples = [
    { output: row(1, 0), label: 0 },
    { output: row(0.9, 0.1), label: 0 },
    { output: row(0, 1), label: 1 },
    { output: row(0.6, 0.8), label: 1 },
    { output: row(0.8, 0.6), label: 0 },
  ];
  // The last two are each other's nearest, and of another label.
  expect(await measure('retrieval_at_1', samples)).toBeCloseTo(3 / 5, 12);
  expect(await measure('retrieval_at_5', samples)).toBe(1);
});

it('segmentation takes masks, scores a class, or one score a pixel', async () => {
  const target = floats([2, 2], 0, 0, 1, 255);
  // Answers 0 1 1 (and one that does not count): class 0: 1 / 2, class 1: 1 / 2.
  const scores = floats([1, 2, 2, 2], 9, 0, 0, 0, 0, 9, 9, 9);
  expect(await measure('iou', [{ output: scores, target }])).toBe(0.5);
  const mask = Tensor.int64([1, 2, 2], [0, 1, 1, 0]);
  expect(await measure('iou', [{ output: mask, target }])).toBe(0.5);
  expect(await measure('iou', [{ output: floats([1, 1, 2, 2], -3, 2, 1, 1), target }])).toBe(0.5);
});

it('detection is the area under precision over recall', async () => {
  const target = floats([3, 5], 0, 0, 0, 10, 10, 0, 20, 20, 30, 30, -1, 0, 0, 0, 0);
  const output = floats(
    [1, 3, 6],
    ...[0, 0, 10, 9, 0.9, 0],
    // Overlaps a box that is taken: wrong.
    ...[0, 0, 10, 10, 0.8, 0],
    ...[20, 20, 30, 31, 0.7, 0],
  );
  // Precisions 1, 1/2, 2/3 at recalls 1/2, 1/2, 1.
  expect(await measure('map50', [{ output, target }])).toBeCloseTo(0.5 + 0.5 * (2 / 3), 12);
});

it('text counts tokens and their surprise', async () => {
  const output = floats([1, 3, 2], 0, Math.log(3), 0, 0, 5, 1);
  const target = floats([3], 1, 0, -100);
  expect(await measure('token_accuracy', [{ output, target }])).toBe(1);
  expect(await measure('perplexity', [{ output, target }])).toBeCloseTo(
    Math.exp((Math.log(4 / 3) + Math.log(2)) / 2),
    6,
  );
});

it('divergence is zero for equal scores and what its formula says else', () => {
  const metric = outputMetrics.find(({ name }) => name === 'kl')!.create();
  metric.add(row(0.25, 0.75), row(0.5, 0.5));
  expect(metric.result()).toBeCloseTo(0.25 * Math.log(0.5) + 0.75 * Math.log(1.5), 6);
  const same = outputMetrics.find(({ name }) => name === 'kl')!.create();
  same.add(row(1, 5, 2), row(2, 6, 3));
  expect(same.result()).toBeCloseTo(0, 12);
});

describe('a metric of the user', () => {
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const run = async (path: string): Promise<unknown> => {
    const metric = await loadOwnMetric(path);
    const kept = [3, 4].map((label) =>
      metric.keep({
        sample: '#',
        outputs: new Map([['y', row(1, label)]]),
        scores: undefined,
        label,
        target: undefined,
      }),
    );
    return metric.settle!(kept);
  };

  it('gets outputs and labels of all samples and returns one number or one a sample', async () => {
    const each =
      'export const score = (outputs, labels) => labels.map((label, i) => outputs[i].y.data[1] - label);';
    expect(await run(write('each.mjs', each))).toEqual([0, 0]);
    expect(
      await run(write('one.mjs', 'export const score = async (outputs) => outputs[0].y.dims[1];')),
    ).toEqual([2]);
  });

  it.each([
    ['none.mjs', 'export const other = 1;', 'exports no function score'],
    ['syntax.mjs', 'export const = ;', 'it cannot be loaded'],
    ['throws.mjs', 'export function score() { throw new Error("no idea"); }', 'score failed: no idea'],
    ['nan.mjs', 'export const score = () => NaN;', 'neither a finite number nor one for each of 2 samples'],
  ])('is refused: %s', async (name, text, message) => {
    await expect(run(write(name, text))).rejects.toThrow(message);
  });
});

describe('a decode module', () => {
  const module = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  // Centres and sizes, as many detectors give them, and scores of two classes.
  const centres = module(
    'centres.mjs',
    `export function decode({ boxes, scores }) {
      return Array.from({ length: boxes.dims[1] }, (_, i) => {
        const [x, y, w, h] = boxes.data.slice(4 * i, 4 * i + 4);
        const [a, b] = scores.data.slice(2 * i, 2 * i + 2);
        return [x - w / 2, y - h / 2, x + w / 2, y + h / 2, Math.max(a, b), a > b ? 0 : 1];
      });
    }`,
  );
  const answer = {
    sample: '#0',
    outputs: new Map([
      ['boxes', floats([1, 2, 4], 10, 10, 4, 4, 30, 30, 6, 2)],
      ['scores', floats([1, 2, 2], 0.9, 0.1, 0.2, 0.8)],
    ]),
    scores: undefined,
    label: undefined,
    target: floats([2, 5], 0, 8, 8, 12, 12, 1, 27, 29, 33, 31),
  } satisfies Answer;

  it('makes boxes of what a detector gives', async () => {
    const metric = await loadDecode(centres);
    expect(metric.name).toBe('map50');
    expect(metric.value([metric.keep(answer)!])).toBe(1);
    // Without it there are no rows of six numbers.
    expect(labelMetrics.find(({ name }) => name === 'map50')!.keep(answer)).toBeUndefined();
  });

  it.each([
    ['decode-none.mjs', 'export const decoded = 1;', 'it exports no function decode(outputs)'],
    [
      'decode-throws.mjs',
      'export function decode() { throw new Error("oh"); }',
      'decode failed at sample #0: oh',
    ],
    [
      'decode-short.mjs',
      'export const decode = () => [[1, 2, 3, 4, 5]];',
      'no rows [x1, y1, x2, y2, score, class]',
    ],
    ['decode-nan.mjs', 'export const decode = () => [[1, 2, 3, 4, NaN, 0]];', 'no rows'],
    ['decode-later.mjs', 'export const decode = async () => [];', 'no rows'],
  ])('%s is refused in words', async (name, text, message) => {
    const keep = async (): Promise<unknown> => (await loadDecode(module(name, text))).keep(answer);
    await expect(keep()).rejects.toThrow(message);
  });
});
