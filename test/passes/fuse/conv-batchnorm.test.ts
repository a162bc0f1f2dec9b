import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TypeFacts } from '../../../src/passes/types/infer-types.js';
import { attribute } from '../../../src/ir/attribute.js';
import type { Model } from '../../../src/ir/model.js';
import { convBatchNorm } from '../../../src/passes/fuse/conv-batchnorm.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, f32, operators, randomTensor } from '../../support/build.js';
import { batchNorm, conv } from '../../support/layers.js';
import { check } from '../../support/passes.js';

interface Shape {
  opType: 'Conv' | 'ConvTranspose';
  group: number;
  inputsOfGroup: number;
  outputsOfGroup: number;
  kernel: number;
  bias: 0 | 1;
  opset: number;
}

function layers({ opType, group, inputsOfGroup, outputsOfGroup, kernel, bias, opset }: Shape): Model {
  const [inputs, outputs] = [group * inputsOfGroup, group * outputsOfGroup];
  return buildModel(opset, (g) => {
    const x = g.input('x', `float32[1,${inputs},6,6]`);
    const dims = opType === 'Conv' ? [outputs, inputsOfGroup] : [inputs, outputsOfGroup];
    const y = conv(g, x, [...dims, kernel, kernel], { group, bias }, opType);
    const size = opType === 'Conv' ? 7 - kernel : 5 + kernel;
    g.output(batchNorm(g, y, outputs), 'y', `float32[1,${outputs},${size},${size}]`);
  });
}

describe('conv-batchnorm', () => {
  it('gives the same for any Conv and ConvTranspose, grouped, with and without bias, at any opset', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record<Shape>({
          opType: fc.constantFrom('Conv', 'ConvTranspose'),
          group: fc.integer({ min: 1, max: 3 }),
          inputsOfGroup: fc.integer({ min: 1, max: 3 }),
          outputsOfGroup: fc.integer({ min: 1, max: 3 }),
          kernel: fc.integer({ min: 1, max: 3 }),
          bias: fc.constantFrom(0, 1),
          opset: fc.constantFrom(7, 9, 13, 14, 15, 21),
        }),
        async (shape) => {
          const model = layers(shape);
          await check(model, convBatchNorm);
          expect(operators(model)).toEqual([shape.opType]);
        },
      ),
      { numRuns: 40, seed: 7 },
    );
  });

  it('computes what the formula says', async () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[1,1,1,1]');
      const y = g.node('Conv', [
        x,
        g.constant('w', f32([2, 1, 1, 1], [3, 5])),
        g.constant('b', f32([2], [7, 11])),
      ]);
      const statistics = [
        [2, -4],
        [10, 20],
        [1, 2],
        [4, 16],
      ].map((values, index) => g.constant(`s${index}`, f32([2], values)));
      g.output(
        g.node('BatchNormalization', [y, ...statistics], { epsilon: attribute.float(0) }),
        'y',
        'float32[1,2,1,1]',
      );
    });
    await check(model, convBatchNorm);
    const constants = [...model.graph.constants()].map(({ constant }) => Array.from(constant.toNumbers()));
    // scale = 2/2, -4/4; weight 3*1, 5*-1; bias (7-1)*1+10, (11-2)*-1+20.
    expect(constants).toEqual([
      [3, -5],
      [16, 11],
    ]);
  });

  it('makes weights of its own where they are shared', async () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[1,2,3,3]');
      const w = g.constant('w', randomTensor([2, 2, 3, 3]));
      g.output(batchNorm(g, g.node('Conv', [x, w]), 2), 'y', 'float32[1,2,1,1]');
      g.output(g.node('Conv', [x, w]), 'z', 'float32[1,2,1,1]');
    });
    await check(model, convBatchNorm);
    expect(operators(model)).toEqual(['Conv', 'Conv']);
    expect(model.graph.get('w')!.useCount).toBe(1);
  });

  it('works in a body', async () => {
    const model = buildModel(13, (g) => {
      const condition = g.input('condition', 'bool[]');
      const x = g.input('x', 'float32[1,2,3,3]');
      const then_branch = g.body('then', (body) =>
        body.output(batchNorm(body, conv(body, x, [2, 2, 1, 1]), 2), 'a', 'float32[1,2,3,3]'),
      );
      const else_branch = g.body('else', (body) =>
        body.output(body.node('Neg', [x]), 'b', 'float32[1,2,3,3]'),
      );
      g.output(g.node('If', [condition], { then_branch, else_branch }), 'y', 'float32[1,2,3,3]');
    });
    const feeds = new Map([
      ['condition', Tensor.fromNumbers('bool', [], [1])],
      ['x', randomTensor([1, 2, 3, 3])],
    ]);
    expect((await check(model, convBatchNorm, { feeds })).nodesAfter).toBe(3);
  });

  it.each<[string, (model: Model) => void, RegExp]>([
    [
      'the result of the Conv is read elsewhere',
      ({ graph }) =>
        graph.addOutput(graph.addNode('Abs', [graph.get('conv_out')], { outputName: 'z' }).outputs[0]!),
      /conv_out is read elsewhere/,
    ],
    [
      'the result of the Conv is an output',
      ({ graph }) => {
        graph.addOutput(graph.get('conv_out')!);
      },
      /conv_out is read elsewhere/,
    ],
    [
      'a caller may replace the weights',
      ({ graph }) => {
        graph.addInput(graph.get('conv_w')!);
      },
      /weights of conv are not constant/,
    ],
    [
      'a caller may replace the bias',
      ({ graph }) => {
        graph.addInput(graph.get('conv_b')!);
      },
      /bias of conv is not constant/,
    ],
    [
      'a caller may replace the statistics',
      ({ graph }) => {
        graph.addInput(graph.get('bn_mean')!);
      },
      /statistics are not constants/,
    ],
    [
      'a weight would overflow',
      ({ graph }) => (graph.get('bn_scale')!.constant = f32([2], [3e38, 3e38])),
      /not finite/,
    ],
  ])('says why not when %s', async (_, change, why) => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[1,2,3,3]');
      g.output(batchNorm(g, conv(g, x, [2, 2, 3, 3]), 2), 'y', 'float32');
    });
    change(model);
    const report = await convBatchNorm.run(model, {
      evaluate: () => Promise.resolve(new Map()),
      constantBudget: 0,
      facts: new TypeFacts(),
    });
    expect(report.changes).toBe(0);
    expect(report.skipped.map((place) => place.why)).toEqual([expect.stringMatching(why)]);
  });

  it('leaves one that is written for training', async () => {
    const model = buildModel(14, (g) => {
      const y = conv(g, g.input('x', 'float32[1,2,3,3]'), [2, 2, 3, 3]);
      g.output(batchNorm(g, y, 2, { training_mode: 1 }), 'y', 'float32');
    });
    const report = await convBatchNorm.run(model, {
      evaluate: () => Promise.resolve(new Map()),
      constantBudget: 0,
      facts: new TypeFacts(),
    });
    expect(report).toEqual({ changes: 0, skipped: [] });
  });

  it('folds float16 weights, rounded once', async () => {
    const half = (dims: number[], seed: number): Tensor =>
      Tensor.fromNumbers('float16', dims, randomTensor(dims, seed).toFloat32());
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float16[1,2,3,3]');
      const y = g.node('Conv', [x, g.constant('w', half([2, 2, 3, 3], 1))]);
      const statistics = [2, 3, 4].map((seed) => g.constant(`s${seed}`, half([2], seed)));
      const variance = g.constant('variance', Tensor.fromNumbers('float16', [2], [0.5, 2]));
      g.output(g.node('BatchNormalization', [y, ...statistics, variance]), 'y', 'float16[1,2,1,1]');
    });
    await check(model, convBatchNorm, { tolerance: 2e-3 });
    expect(operators(model)).toEqual(['Conv']);
  });
});
