import { describe, expect, it } from 'vitest';
import type { ChannelMeansObserver } from '../../../src/calibrate/observer.js';
import { collect } from '../../../src/calibrate/collect.js';
import { biasCorrection, meanObservers } from '../../../src/quantize/static/bias-correction.js';
import { planStatic } from '../../../src/quantize/static/plan.js';
import { staticMode } from '../../../src/quantize/modes/static.js';
import { x86 } from '../../../src/quantize/targets/x86.js';
import { quantizeWeights } from '../../../src/quantize/weights.js';
import type { Model } from '../../../src/ir/model.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, only, randomTensor, type Setting } from '../../support/build.js';
import { outputsOf } from '../../support/passes.js';
import { makeArtifact, sampleSet } from '../artifact.js';

interface Case {
  readonly name: string;
  readonly op: string;
  readonly input: readonly number[];
  readonly weights: readonly number[];
  readonly settings?: Record<string, Setting>;
  /** Output channels: their axis in the weights, and in the output. */
  readonly axis: number;
}

const cases: readonly Case[] = [
  { name: '1x1 Conv', op: 'Conv', input: [1, 6, 8, 8], weights: [5, 6, 1, 1], axis: 0 },
  {
    name: '1x1 Conv in groups',
    op: 'Conv',
    input: [1, 6, 8, 8],
    weights: [4, 3, 1, 1],
    settings: { group: 2 },
    axis: 0,
  },
  { name: 'Gemm', op: 'Gemm', input: [20, 12], weights: [12, 7], axis: 1 },
  {
    name: 'Gemm with transB',
    op: 'Gemm',
    input: [20, 12],
    weights: [7, 12],
    settings: { transB: 1 },
    axis: 0,
  },
];

/** The mean of each output channel over all samples, in float64. */
async function meansOf(model: Model, inputs: readonly Map<string, Tensor>[]): Promise<number[]> {
  const sums: number[] = [];
  let count = 0;
  for (const feeds of inputs) {
    const y = (await outputsOf(model, feeds)).get('y')!;
    const channels = y.dims[1]!;
    const inner = y.dims.slice(2).reduce((a, b) => a * b, 1);
    y.toFloat32().forEach((value, at) => {
      const channel = Math.floor(at / inner) % channels;
      sums[channel] = (sums[channel] ?? 0) + value;
    });
    count += y.size / channels;
  }
  return sums.map((sum) => sum / count);
}

const shifted = (dims: readonly number[], seed: number): Tensor =>
  Tensor.float32(
    dims,
    randomTensor(dims, seed)
      .toFloat32()
      .map((value) => 2 + value),
  );

describe('biasCorrection', () => {
  it.each(cases)('brings the mean of the outputs of a $name back', async (one) => {
    const build = (weights: Tensor, bias: ArrayLike<number>): Model =>
      buildModel(17, (g) => {
        const x = g.input('x', `float32[${one.input.join(',')}]`);
        const constants = [g.constant('w', weights), g.constant('b', Tensor.float32([bias.length], bias))];
        g.output(g.node(one.op, [x, ...constants], one.settings ?? {}), 'y', 'float32');
      });
    const weights = randomTensor(one.weights, 4);
    const outputs = one.weights[one.axis]!;
    const bias = randomTensor([outputs], 6).toFloat32();
    const float = build(weights, bias);
    const inputs = [1, 2, 3].map((seed) => new Map([['x', shifted(one.input, seed)]]));
    const [[node, observer]] = [...meanObservers(planStatic(float.graph, x86, () => false).groups)] as [
      [Parameters<typeof biasCorrection>[0], ChannelMeansObserver],
    ];
    await collect(float, [observer], sampleSet(inputs));
    // So few steps that the means are far off without.
    const quantized = quantizeWeights(weights, one.axis, 5);
    const correction = biasCorrection(node, weights, quantized, observer.means!);
    const scales = quantized.scale.toFloat32();
    const inner = weights.dims.slice(one.axis + 1).reduce((a, b) => a * b, 1);
    const real = Tensor.float32(
      weights.dims,
      Float32Array.from(
        quantized.values.toNumbers(),
        (q, at) => q * scales[Math.floor(at / inner) % outputs]!,
      ),
    );
    const expected = await meansOf(float, inputs);
    const plain = await meansOf(build(real, bias), inputs);
    const corrected = await meansOf(
      build(
        real,
        bias.map((value, channel) => value + correction[channel]!),
      ),
      inputs,
    );
    const worst = (found: readonly number[]): number =>
      Math.max(...found.map((mean, channel) => Math.abs(mean - expected[channel]!)));
    expect(worst(plain)).toBeGreaterThan(0.05);
    expect(worst(corrected)).toBeLessThan(1e-5);
  });

  it('gives a Conv without bias one', async () => {
    const model = buildModel(17, (g) => {
      const w = g.constant('w', randomTensor([5, 6, 1, 1], 4));
      g.output(g.node('Conv', [g.input('x', 'float32[1,6,8,8]'), w]), 'y', 'float32');
    });
    const samples = [1, 2, 3].map((seed) => new Map([['x', shifted([1, 6, 8, 8], seed)]]));
    const artifact = await makeArtifact(model, staticMode, { samples });
    const conv = only(artifact.model, 'Conv');
    expect(conv.inputs[2]?.producer?.inputs[0]?.constant?.dtype).toBe('int32');
    expect(artifact.kernels.integer).toBe(1);
  });

  it('watches no MatMul, which has no place for a bias', () => {
    const model = buildModel(17, (g) => {
      const w = g.constant('w', randomTensor([6, 5], 4));
      g.output(g.node('MatMul', [g.input('x', 'float32[2,6]'), w]), 'y', 'float32');
    });
    expect(meanObservers(planStatic(model.graph, x86, () => false).groups).size).toBe(0);
  });
});
