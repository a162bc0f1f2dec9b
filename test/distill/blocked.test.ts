import { beforeAll, describe, expect, it } from 'vitest';
import { blockedDomain, blockedForms } from '../../src/distill/gradients/convolution/blocked.js';
import { firstForms } from '../../src/distill/gradients/convolution/choose.js';
import { blockSize } from '../../src/distill/graph/block-size.js';
import { buildTrainingGraph } from '../../src/distill/graph/training-graph.js';
import { squaredError } from '../../src/distill/losses/squared-error.js';
import { sgd } from '../../src/distill/optimizers/sgd.js';
import { parametersOf } from '../../src/distill/parameters.js';
import { TrainingStep } from '../../src/distill/step.js';
import type { Value } from '../../src/ir/value.js';
import { inferShapes } from '../../src/runtime/shapes.js';
import { buildModel, randomTensor } from '../support/build.js';

let block: number | undefined;
beforeAll(async () => {
  block = await blockSize();
});

/** A stem, a residual block and a head of 3x3 convolutions; not every count of channels fills its blocks. */
async function residualModel() {
  const model = buildModel(17, (g) => {
    const conv = (x: Value, name: string, [from, to]: readonly [number, number], stride = 1) =>
      g.node(
        'Conv',
        [
          x,
          g.constant(`${name}_w`, randomTensor([to, from, 3, 3], to + from)),
          g.constant(`${name}_b`, randomTensor([to], to)),
        ],
        { pads: [1, 1, 1, 1], strides: [stride, stride] },
        { name },
      );
    const stem = g.node('Relu', [conv(g.input('x', 'float32[2,8,6,6]'), 'stem', [8, 15])]);
    const inner = g.node('Relu', [conv(stem, 'inner', [15, 20])]);
    const sum = g.node('Relu', [g.node('Add', [conv(inner, 'outer', [20, 15]), stem])]);
    g.output(conv(sum, 'head', [15, 4], 2), 'y', 'float32[2,4,3,3]');
  });
  await inferShapes(model);
  return model;
}

async function stepOf(blocked: boolean) {
  const model = await residualModel();
  const { forward, image } = blockedForms(block!);
  const settings = { temperature: 1, power: 1 };
  const graph = buildTrainingGraph(model, {
    optimizer: sgd,
    terms: [{ student: 'y', teacher: 'y', loss: squaredError, settings, weight: 1 }],
    forms: blocked
      ? {
          ...firstForms,
          forward: (site) => (forward.fits(site) ? forward : undefined),
          image: (site) => (image.fits(site) ? image : firstForms.image(site)),
        }
      : firstForms,
    parameters: parametersOf(model).map(({ value }) => value.name),
    masks: new Map(),
    parts: 1,
    clip: 1e9,
  });
  return TrainingStep.open(graph, 1);
}

describe('convolutions on blocks of channels', () => {
  it('move weights as plain ones do', async ({ skip }) => {
    if (block === undefined) skip('the runtime has no blocked convolutions on this processor');
    const found = [];
    for (const blocked of [false, true]) {
      const step = await stepOf(blocked);
      for (let i = 0; i < 2; i++) {
        const inputs = new Map([['x', randomTensor([2, 8, 6, 6], 7 + i)]]);
        await step.run(inputs, [randomTensor([2, 4, 3, 3], 9)], { rate: 1e-4, decay: 0, averaging: 1 });
      }
      found.push(step.weights('current'));
      await step.close();
    }
    const [plain, other] = found as [
      Map<string, ReturnType<typeof randomTensor>>,
      Map<string, ReturnType<typeof randomTensor>>,
    ];
    const start = await residualModel();
    expect(plain.size).toBe(8);
    for (const [name, tensor] of plain) {
      const [a, b] = [tensor.toNumbers(), other.get(name)!.toNumbers()];
      const before = start.graph.get(name)!.constant!.toNumbers();
      const moved = Math.max(...Array.from(a, (value, i) => Math.abs(value - before[i]!)));
      expect(moved, name).toBeGreaterThan(0);
      const apart = Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
      expect(apart / moved, name).toBeLessThan(1e-3);
    }
  });

  it('keep values in blocks from one to the next, and take sums and Relu in', async ({ skip }) => {
    if (block === undefined) skip('the runtime has no blocked convolutions on this processor');
    const step = await stepOf(true);
    const nodes = [...step.graph.model.graph.nodes()].filter(({ domain }) => domain === blockedDomain);
    await step.close();
    const named = (name: string) => nodes.find((node) => node.name === `${name}/Conv`)!;
    expect(named('stem').string('activation')).toBe('Relu');
    expect(named('outer').string('activation')).toBe('Relu');
    expect(named('outer').inputs[3]).toBe(named('stem').outputs[0]);
    expect(named('inner').inputs[0]).toBe(named('stem').outputs[0]);
    // What goes into blocks: the image, and the gradients behind plain operators.
    const into = nodes.filter(({ opType }) => opType === 'ReorderInput').map(({ inputs }) => inputs[0]!.name);
    expect(new Set(into).size).toBe(into.length);
    expect(into).toContain('x');
  });
});
