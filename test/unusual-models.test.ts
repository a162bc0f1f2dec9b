import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fuse, inspect, prune, quantize, readModel, writeModel } from '../src/index.js';
import type { Model } from '../src/index.js';
import type { Value } from '../src/ir/value.js';
import { openSession } from '../src/runtime/session.js';
import { Tensor } from '../src/tensor/tensor.js';
import { buildModel, f32, randomTensor } from './support/build.js';

const long = (letter: string): string => letter.repeat(10_000);

/** Models as no one draws them and exporters do write them; each with a MatMul whose weights can be made smaller. */
const models: Record<string, () => Model> = {
  'names of 10,000 characters': () =>
    buildModel(17, (graph) => {
      const x = graph.input(long('x'), 'float32[1,64]');
      const y = graph.node('MatMul', [x, graph.constant(long('w'), randomTensor([64, 64], 1))]);
      graph.output(graph.node('Relu', [y]), long('y'), 'float32[1,64]');
    }),
  '1,000 inputs': () =>
    buildModel(17, (graph) => {
      const inputs = Array.from({ length: 1000 }, (_, i) => graph.input(`x${i}`, 'float32[1,64]'));
      const sum = inputs.reduce((a, b) => graph.node('Add', [a, b]));
      graph.output(
        graph.node('MatMul', [sum, graph.constant('w', randomTensor([64, 64], 2))]),
        'y',
        'float32[1,64]',
      );
    }),
  '10,000 initializers': () =>
    buildModel(17, (graph) => {
      // A hundred sums of a hundred: a chain of 10,000 nodes would only take the runtime long.
      let value: Value = graph.input('x', 'float32[1,8]');
      for (let i = 0; i < 100; i++) {
        const constants = Array.from({ length: 100 }, (_, k) =>
          graph.constant(`c${i}_${k}`, randomTensor([1, 8], 100 * i + k, 1e-3)),
        );
        value = graph.node('Sum', [value, ...constants]);
      }
      graph.output(
        graph.node('MatMul', [value, graph.constant('w', randomTensor([8, 64], 3))]),
        'y',
        'float32[1,64]',
      );
    }),
  'lengths of 0': () =>
    buildModel(17, (graph) => {
      const x = graph.input('x', 'float32[2,64]');
      const none = graph.input('none', 'float32[0,64]');
      const nothing = graph.constant('nothing', f32([0, 64], []));
      const all = graph.node('Concat', [x, none, nothing], { axis: 0 });
      const y = graph.node('MatMul', [all, graph.constant('w', randomTensor([64, 64], 4))]);
      graph.output(y, 'y', 'float32[2,64]');
      graph.output(
        graph.node('MatMul', [none, graph.constant('v', randomTensor([64, 32], 5))]),
        'empty',
        'float32[0,32]',
      );
    }),
  scalars: () =>
    buildModel(17, (graph) => {
      const x = graph.input('x', 'float32[1,64]');
      const factor = graph.input('factor', 'float32[]');
      const scaled = graph.node('Mul', [graph.node('Mul', [x, factor]), graph.constant('two', f32([], [2]))]);
      const y = graph.node('MatMul', [scaled, graph.constant('w', randomTensor([64, 64], 6))]);
      graph.output(y, 'y', 'float32[1,64]');
      graph.output(graph.node('ReduceMax', [y], { keepdims: 0 }), 'largest', 'float32[]');
    }),
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'unusual-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What a model gives for inputs from its name and shapes, number by number. */
async function answers(path: string): Promise<Map<string, Float32Array>> {
  const session = await openSession(path);
  const feeds = new Map(
    session.inputs.map(({ name, dtype, dims }, i) => {
      const values = randomTensor(dims as number[], i + 1, 0.5).toNumbers();
      return [name, Tensor.fromNumbers(dtype!, dims as number[], values)];
    }),
  );
  const results = await session.run(feeds);
  await session.close();
  return new Map([...results].map(([name, tensor]) => [name, Float32Array.from(tensor.toNumbers())]));
}

function far(a: Float32Array, b: Float32Array): number {
  const power = a.reduce((sum, value) => sum + value * value, 0);
  const error = a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
  return power === 0 ? error : Math.sqrt(error / power);
}

describe.each(Object.entries(models))('a model with %s', (name, build) => {
  const file = (stem: string): string => join(folder, `${name.replaceAll(/\W+/g, '-')}-${stem}.onnx`);
  let expected: Map<string, Float32Array>;
  beforeAll(async () => {
    await writeModel(build(), file('model'));
    expected = await answers(file('model'));
  });

  const quick = { measure: false, target: 'x86', dataset: { samples: 2 } } as const;
  const jobs: [string, number, (model: string, output: string) => Promise<unknown>][] = [
    ['fuse', 1e-5, (model, output) => fuse({ model, output })],
    ['fuse full', 1e-5, (model, output) => fuse({ model, output, level: 'full' })],
    ['static', 0.15, (model, output) => quantize({ model, output, mode: 'static', ...quick })],
    ['dynamic', 0.05, (model, output) => quantize({ model, output, mode: 'dynamic', ...quick })],
    ['weights', 0.05, (model, output) => quantize({ model, output, mode: 'weights', ...quick })],
    ['fp16', 0.01, (model, output) => quantize({ model, output, mode: 'fp16', ...quick })],
    [
      'prune',
      0.8,
      (model, output) =>
        prune({ model, output, scheme: 'magnitude', ratio: 0.5, repair: false, measure: false }),
    ],
  ];
  // The runtime takes a second each time to fold 10,000 constants.
  const chosen = name === '10,000 initializers' ? jobs.filter(([job]) => job === 'fuse') : jobs;
  it.each(chosen)('%s', async (job, most, run) => {
    const output = file(job.replaceAll(' ', '-'));
    await run(file('model'), output);
    const model = await readModel(output);
    expect(model.graph.requiredInputs.map((input) => input.name)).toEqual(
      build().graph.requiredInputs.map((input) => input.name),
    );
    const found = await answers(output);
    expect([...found.keys()]).toEqual([...expected.keys()]);
    for (const [output_, values] of expected) {
      expect(found.get(output_)!.length).toBe(values.length);
      expect(far(values, found.get(output_)!)).toBeLessThanOrEqual(most);
    }
  });

  it('inspect', async () => {
    const inspection = await inspect({ model: file('model'), target: 'x86' });
    expect(inspection).toBeDefined();
  });
});
