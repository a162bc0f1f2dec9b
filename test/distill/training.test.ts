import { describe, expect, it } from 'vitest';
import { firstForms } from '../../src/distill/gradients/convolution/choose.js';
import { buildTrainingGraph, type TrainingOptions } from '../../src/distill/graph/training-graph.js';
import { hardLabels } from '../../src/distill/losses/hard-labels.js';
import { losses } from '../../src/distill/losses/list.js';
import { softTargets } from '../../src/distill/losses/soft-targets.js';
import { squaredError } from '../../src/distill/losses/squared-error.js';
import { firstNotFinite } from '../../src/distill/diagnose.js';
import { rounded } from '../../src/distill/fake-quantization/fake-quantization.js';
import { fakeQuantizationNamed } from '../../src/distill/fake-quantization/list.js';
import { masksOf } from '../../src/distill/masks.js';
import { adam } from '../../src/distill/optimizers/adam.js';
import { sgd } from '../../src/distill/optimizers/sgd.js';
import { scheduleAt } from '../../src/distill/optimizers/schedule.js';
import { parametersOf } from '../../src/distill/parameters.js';
import { TrainingStep } from '../../src/distill/step.js';
import { inferShapes } from '../../src/runtime/shapes.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { buildModel, randomTensor } from '../support/build.js';

const rates = { rate: 0.1, decay: 0.01, averaging: 0.25 };

/** y = x w, with targets that a squared error pulls it to. */
async function linearStep(
  { samples = 4, ...more }: Partial<TrainingOptions> & { samples?: number },
  weights = randomTensor([3, 2], 3),
) {
  const model = buildModel(17, (g) => {
    const x = g.input('x', `float32[${samples},3]`);
    g.output(
      g.node('MatMul', [x, g.constant('w', weights)], {}, { name: 'dense' }),
      'y',
      `float32[${samples},2]`,
    );
  });
  await inferShapes(model);
  const settings = { temperature: 1, power: 1 };
  const graph = buildTrainingGraph(model, {
    optimizer: sgd,
    terms: [{ student: 'y', teacher: 'y', loss: squaredError, settings, weight: 1 }],
    forms: firstForms,
    parameters: ['w'],
    masks: new Map(),
    parts: 1,
    clip: 1e9,
    ...more,
  });
  const step = await TrainingStep.open(graph, 1);
  const inputs = new Map([['x', randomTensor([4, 3], 5)]]);
  const targets = [randomTensor([4, 2], 6)];
  return { step, inputs, targets, weights };
}

/** Gradient of the mean squared error by w, in float64. */
function gradientOf(
  weights: ArrayLike<number>,
  inputs: Map<string, Tensor>,
  targets: readonly Tensor[],
): number[] {
  const x = inputs.get('x')!.toNumbers();
  const t = targets[0]!.toNumbers();
  const gradient = new Array<number>(6).fill(0);
  for (let n = 0; n < 4; n++) {
    for (let o = 0; o < 2; o++) {
      let y = 0;
      for (let i = 0; i < 3; i++) y += x[n * 3 + i]! * weights[i * 2 + o]!;
      for (let i = 0; i < 3; i++) gradient[i * 2 + o]! += (2 * (y - t[n * 2 + o]!) * x[n * 3 + i]!) / 8;
    }
  }
  return gradient;
}

function close(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < found.length; i++) expect(found[i]).toBeCloseTo(expected[i]!, 5);
}

const bytesOf = (state: ReadonlyMap<string, Tensor>): [string, number[]][] =>
  [...state].map(([name, tensor]) => [name, [...tensor.bytes()]]);

describe('a training step', () => {
  it('moves weights as Nesterov momentum says, and averages them', async () => {
    const { step, inputs, targets, weights } = await linearStep({});
    let w = Array.from(weights.toNumbers());
    let average = w.slice();
    let velocity = w.map(() => 0);
    for (let i = 0; i < 3; i++) {
      await step.run(inputs, targets, rates);
      const g = gradientOf(w, inputs, targets);
      velocity = velocity.map((v, at) => 0.9 * v + g[at]!);
      w = w.map((value, at) => value - 0.1 * (0.9 * velocity[at]! + g[at]!) - 0.01 * value);
      average = average.map((value, at) => value + 0.25 * (w[at]! - value));
    }
    close(step.weights('current').get('w')!.toNumbers(), w);
    close(step.weights('average').get('w')!.toNumbers(), average);
    await step.close();
  });

  it('moves weights as AdamW says', async () => {
    const { step, inputs, targets, weights } = await linearStep({ optimizer: adam });
    let w = Array.from(weights.toNumbers());
    let m = w.map(() => 0);
    let v = w.map(() => 0);
    for (let t = 1; t <= 3; t++) {
      await step.run(inputs, targets, { ...rates, rate: adam.rateAt(0.1, t) });
      const g = gradientOf(w, inputs, targets);
      m = m.map((one, at) => 0.9 * one + 0.1 * g[at]!);
      v = v.map((one, at) => 0.999 * one + 0.001 * g[at]! ** 2);
      w = w.map((value, at) => {
        const [mean, square] = [m[at]! / (1 - 0.9 ** t), v[at]! / (1 - 0.999 ** t)];
        return value - (0.1 * mean) / Math.sqrt(square) - 0.01 * value;
      });
    }
    const found = step.weights('current').get('w')!.toNumbers();
    for (let i = 0; i < w.length; i++) expect(found[i]).toBeCloseTo(w[i]!, 3);
    await step.close();
  });

  it('shortens gradients to the norm that was set', async () => {
    const { step, inputs, targets, weights } = await linearStep({ clip: 0.01 });
    const before = Array.from(weights.toNumbers());
    const { norm } = await step.run(inputs, targets, { rate: 1, decay: 0, averaging: 1 });
    const g = gradientOf(before, inputs, targets);
    expect(norm).toBeCloseTo(Math.hypot(...g), 5);
    const after = step.weights('current').get('w')!.toNumbers();
    const moved = Math.hypot(...before.map((value, i) => after[i]! - value));
    expect(moved).toBeCloseTo(0.01 * 1.9, 5);
    await step.close();
  });

  it('multiplies with rounded weights, and moves those behind them by their gradient', async () => {
    const int4 = fakeQuantizationNamed('int4');
    const { step, inputs, targets, weights } = await linearStep({ quantization: int4 });
    const node = [...step.graph.model.graph.nodes()].find(({ name }) => name === 'dense')!;
    const used = rounded(int4, weights, node).toNumbers();
    expect(Array.from(used)).not.toEqual(Array.from(weights.toNumbers()));
    await step.run(inputs, targets, { rate: 0.1, decay: 0, averaging: 1 });
    const g = gradientOf(used, inputs, targets);
    close(
      step.weights('current').get('w')!.toNumbers(),
      Array.from(weights.toNumbers(), (value, at) => value - 0.19 * g[at]!),
    );
    await step.close();
  });

  it('takes a batch in parts as it takes it whole', async () => {
    const whole = await linearStep({ optimizer: adam, clip: 0.5 });
    const parts = await linearStep({ optimizer: adam, clip: 0.5, parts: 2, samples: 2 });
    for (let i = 0; i < 3; i++) {
      const expected = await whole.step.run(whole.inputs, whole.targets, rates);
      const found = await parts.step.run(whole.inputs, whole.targets, rates);
      expect(found.loss).toBeCloseTo(expected.loss, 5);
      expect(found.norm).toBeCloseTo(expected.norm, 5);
    }
    for (const which of ['current', 'average'] as const) {
      close(parts.step.weights(which).get('w')!.toNumbers(), whole.step.weights(which).get('w')!.toNumbers());
    }
    await whole.step.close();
    await parts.step.close();
  });

  it('leaves the zeros of a pruned weight where they are', async () => {
    const pruned = Tensor.float32([3, 2], [0, 1, -1, 0, 0, 2]);
    const model = buildModel(17, (g) => {
      g.output(g.node('MatMul', [g.input('x', 'float32[4,3]'), g.constant('w', pruned)]), 'y');
    });
    const masks = masksOf(parametersOf(model));
    expect(Array.from(masks.get('w')!.toNumbers())).toEqual([0, 1, 1, 0, 0, 1]);
    const { step, inputs, targets } = await linearStep({ masks, optimizer: adam }, pruned);
    for (let i = 0; i < 5; i++) await step.run(inputs, targets, rates);
    const after = Array.from(step.weights('average').get('w')!.toNumbers());
    expect(after.map((value) => value === 0)).toEqual([true, false, false, true, true, false]);
    expect(after[1]).not.toBe(1);
    await step.close();
  });

  it('keeps its state where numbers are not finite, and the layer can be named', async () => {
    const { step, inputs, targets } = await linearStep({});
    const before = step.state;
    const broken = new Map([['x', Tensor.float32([4, 3], new Float32Array(12).fill(3e38))]]);
    const { loss } = await step.run(broken, targets, rates);
    expect(Number.isFinite(loss)).toBe(false);
    // Of tensors only the bytes tell: what else they hold is the same for all numbers.
    expect(bytesOf(step.state)).toEqual(bytesOf(before));
    expect(await firstNotFinite(step.graph, step.feeds({ inputs: broken, targets }, rates))).toBe(
      'layer dense gives numbers that are not finite',
    );
    expect(
      await firstNotFinite(
        step.graph,
        step.feeds({ inputs, targets: [Tensor.float32([4, 2], new Float32Array(8).fill(1e30))] }, rates),
      ),
    ).toBe('the loss is not finite');
    await step.close();
  });
});

describe('losses', () => {
  it.each([...losses, hardLabels].map((loss) => [loss.name, loss] as const))(
    '%s is the same in the graph and in float64',
    async (_, loss) => {
      const settings = { temperature: 3, power: 2.5 };
      const [value, target] = [randomTensor([6, 7], 1, 2), randomTensor([6, 7], 2, 2)];
      const model = buildModel(17, (g) => {
        const x = g.input('x', 'float32[6,7]');
        g.output(g.node('Mul', [x, g.constant('w', randomTensor([7], 3))]), 'y', 'float32[6,7]');
      });
      await inferShapes(model);
      const graph = buildTrainingGraph(model, {
        optimizer: sgd,
        terms: [{ student: 'y', teacher: 'y', loss, settings, weight: 0.5 }],
        forms: firstForms,
        parameters: ['w'],
        masks: new Map(),
        parts: 1,
        clip: 1,
      });
      const step = await TrainingStep.open(graph, 1);
      const report = await step.run(new Map([['x', value]]), [target], rates);
      await step.close();
      const w = randomTensor([7], 3).toNumbers();
      const y = Tensor.float32(
        [6, 7],
        value.toFloat32().map((x, i) => x * w[i % 7]!),
      );
      expect(report.loss).toBeCloseTo(0.5 * loss.measure(y, target, settings), 4);
    },
  );

  it('are zero where nothing differs', () => {
    const value = randomTensor([3, 4], 1);
    for (const loss of losses)
      expect(loss.measure(value, value, { temperature: 2, power: 1 })).toBeCloseTo(0, 12);
  });

  it('do not see what is added to all scores', () => {
    const [value, target] = [randomTensor([3, 4], 1), randomTensor([3, 4], 2)];
    const shifted = Tensor.float32(
      [3, 4],
      value.toFloat32().map((x) => x + 5),
    );
    const settings = { temperature: 2, power: 1 };
    expect(softTargets.measure(shifted, target, settings)).toBeCloseTo(
      softTargets.measure(value, target, settings),
      5,
    );
  });
});

describe('the schedule', () => {
  it('rises for a short time and falls to zero', () => {
    expect(scheduleAt(0)).toBeLessThan(0.1);
    expect(scheduleAt(0.03)).toBeCloseTo(1, 6);
    expect(scheduleAt(0.515)).toBeCloseTo(0.5, 6);
    expect(scheduleAt(1)).toBeCloseTo(0, 6);
  });
});
