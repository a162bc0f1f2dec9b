import fc from 'fast-check';
import { expect, it } from 'vitest';
import { attribute } from '../../../src/ir/attribute.js';
import type { Value } from '../../../src/ir/value.js';
import { staticMode } from '../../../src/quantize/modes/static.js';
import { buildModel, f32, randomTensor, type GraphBuilder } from '../../support/build.js';
import { makeArtifact } from '../artifact.js';

const channels = 4;
let count = 0;

/** A convolution that leaves the shape as it is, and about the size of the numbers. */
function conv(g: GraphBuilder, x: Value, group = 1): Value {
  count += 1;
  const fan = (9 * channels) / group;
  const w = g.constant(
    `w${count}`,
    randomTensor([channels, channels / group, 3, 3], count, Math.sqrt(2 / fan)),
  );
  const b = g.constant(`b${count}`, randomTensor([channels], count + 1000, 0.2));
  return g.node('Conv', [x, w, b], { pads: [1, 1, 1, 1], group });
}

const scalar = (g: GraphBuilder, value: number): Value =>
  g.constant(g.graph.names.fresh('scalar'), f32([], [value]));

/** What a layer may be: from all values so far (of one shape) to another one of that shape. */
const layers: readonly ((g: GraphBuilder, pick: (at: number) => Value) => Value)[] = [
  (g, pick) => conv(g, pick(0)),
  (g, pick) => conv(g, pick(0), channels),
  (g, pick) => g.node('Relu', [conv(g, pick(0))]),
  (g, pick) => g.node('Clip', [conv(g, pick(0), 2), scalar(g, 0), scalar(g, 1.5)]),
  (g, pick) => g.node('Clip', [conv(g, pick(0)), scalar(g, 0.1), scalar(g, 3)]),
  (g, pick) => g.node('Relu', [pick(0)]),
  (g, pick) => g.node('Add', [pick(0), pick(1)]),
  (g, pick) => g.node('Relu', [g.node('Add', [pick(1), pick(0)])]),
  (g, pick) => g.node('Mul', [pick(0), g.node('Sigmoid', [pick(1)])]),
  (g, pick) =>
    g.node('Add', [pick(0), g.constant(g.graph.names.fresh('c'), randomTensor([1, channels, 1, 1], 9))]),
  (g, pick) => g.node('MaxPool', [pick(0)], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
  (g, pick) =>
    g.node('AveragePool', [pick(0)], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }),
  (g, pick) => g.node('LeakyRelu', [conv(g, pick(0))], { alpha: attribute.float(0.1) }),
  (g, pick) => g.node('Tanh', [pick(0)]),
  (g, pick) => g.node('Transpose', [pick(0)], { perm: [0, 1, 3, 2] }),
  (g, pick) => {
    const halves = [pick(0), pick(1)].map((value) => g.nodes('Split', [value], { axis: 1 }, { outputs: 2 }));
    return g.node('Concat', [halves[0]![1]!, halves[1]![0]!], { axis: 1 });
  },
  (g, pick) => {
    const gate = g.node('GlobalAveragePool', [pick(0)]);
    return g.node('Mul', [pick(1), g.node('Sigmoid', [gate])]);
  },
];

const nets = fc.record({
  seed: fc.integer({ min: 0, max: 1000 }),
  layers: fc.array(fc.tuple(fc.nat(layers.length - 1), fc.nat(2), fc.nat(2)), { minLength: 2, maxLength: 9 }),
  outputs: fc.array(fc.nat(9), { maxLength: 2 }),
});

it('makes artifacts of random nets that open, are close, and whose Convs are integer', async () => {
  await fc.assert(
    fc.asyncProperty(nets, async (net) => {
      count = net.seed;
      const model = buildModel(17, (g) => {
        const values = [g.input('x', `float32[1,${channels},8,8]`)];
        for (const [kind, ...back] of net.layers) {
          values.push(layers[kind]!(g, (at) => values[Math.max(0, values.length - 1 - back[at]!)]!));
        }
        g.output(conv(g, values.at(-1)!), 'y', 'float32');
        const more = new Set(net.outputs.map((at) => values[1 + (at % (values.length - 1))]!));
        [...more].forEach((value, index) => g.output(value, `more${index}`, 'float32'));
      });
      const { sqnr, kernels, report } = await makeArtifact(model, staticMode);
      expect(sqnr).toBeGreaterThan(15);
      expect(kernels.left_float).toEqual([]);
      expect(report.left).toEqual([]);
    }),
    { numRuns: Number(process.env.RUNS ?? 60), seed: Number(process.env.SEED ?? 1) },
  );
});
