import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GramProduct } from '../../../src/calibrate/gram-product.js';
import { collect } from '../../../src/calibrate/collect.js';
import { planStatic } from '../../../src/quantize/static/plan.js';
import { momentObservers } from '../../../src/quantize/rounding/observe.js';
import { roundAndScaleByMoments, roundByMoments } from '../../../src/quantize/rounding/round-weights.js';
import { x86 } from '../../../src/quantize/targets/x86.js';
import { quantizeWeights, type QuantizedWeights } from '../../../src/quantize/weights.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import type { Model } from '../../../src/ir/model.js';
import { buildModel, only, randomTensor, type Setting } from '../../support/build.js';
import { outputsOf } from '../../support/passes.js';
import { sampleSet } from '../artifact.js';

let product: GramProduct;
beforeAll(async () => {
  product = await GramProduct.open(1);
});
afterAll(() => product.close());

/** Inputs of low rank: channels hang together, as they do behind layers of a network. */
function samples(dims: readonly number[], channelAxis: number, count = 4): Map<string, Tensor>[] {
  const channels = dims[channelAxis]!;
  const inner = dims.slice(channelAxis + 1).reduce((a, b) => a * b, 1);
  const mixing = randomTensor([channels, 3], 77).toFloat32();
  return Array.from({ length: count }, (_, index) => {
    const noise = randomTensor(dims, 50 + index, 0.1).toFloat32();
    const sources = randomTensor([dims.reduce((a, b) => a * b, 1) * 3], 90 + index).toFloat32();
    const values = noise.map((value, at) => {
      const channel = Math.floor(at / inner) % channels;
      const place = Math.floor(at / (inner * channels)) * inner + (at % inner);
      let sum = value + 1;
      for (let k = 0; k < 3; k++) sum += mixing[channel * 3 + k]! * sources[place * 3 + k]!;
      return sum;
    });
    return new Map([['x', Tensor.float32(dims, values)]]);
  });
}

/** The squared error of the outputs about its mean for each channel, with weights from the integers. */
async function errorOf(
  build: (weights: Tensor) => Model,
  weights: Tensor,
  quantized: QuantizedWeights,
  inputs: readonly Map<string, Tensor>[],
  outputAxis: number,
): Promise<number> {
  const scales = quantized.scale.toFloat32();
  const inner = weights.dims.slice(quantized.axis! + 1).reduce((a, b) => a * b, 1);
  const real = Float32Array.from(quantized.values.toNumbers(), (q, at) => {
    return q * scales[Math.floor(at / inner) % scales.length]!;
  });
  const [exact, rounded] = [build(weights), build(Tensor.float32(weights.dims, real))];
  const errors: Map<number, number[]> = new Map();
  for (const feeds of inputs) {
    const a = (await outputsOf(exact, feeds)).get('y')!;
    const b = (await outputsOf(rounded, feeds)).get('y')!;
    const spread = a.dims.slice(outputAxis + 1).reduce((x, y) => x * y, 1);
    const [p, q] = [a.toFloat32(), b.toFloat32()];
    p.forEach((value, at) => {
      const channel = Math.floor(at / spread) % a.dims[outputAxis]!;
      errors.set(channel, [...(errors.get(channel) ?? []), value - q[at]!]);
    });
  }
  let total = 0;
  for (const list of errors.values()) {
    const mean = list.reduce((x, y) => x + y, 0) / list.length;
    for (const error of list) total += (error - mean) ** 2;
  }
  return total;
}

interface Case {
  readonly name: string;
  readonly op: string;
  readonly input: readonly number[];
  readonly weights: readonly number[];
  readonly settings?: Record<string, Setting>;
  readonly axis: number;
}

const cases: readonly Case[] = [
  { name: 'Conv', op: 'Conv', input: [1, 6, 9, 9], weights: [5, 6, 2, 2], axis: 0 },
  {
    name: 'grouped Conv',
    op: 'Conv',
    input: [1, 6, 9, 9],
    weights: [4, 3, 3, 3],
    settings: { group: 2 },
    axis: 0,
  },
  { name: 'MatMul', op: 'MatMul', input: [40, 12], weights: [12, 7], axis: 1 },
  { name: 'Gemm', op: 'Gemm', input: [40, 12], weights: [12, 7], axis: 1 },
  {
    name: 'Gemm with transB',
    op: 'Gemm',
    input: [40, 12],
    weights: [7, 12],
    settings: { transB: 1 },
    axis: 0,
  },
];

describe('roundByMoments', () => {
  it.each(cases)('changes what a $name gives out less than nearest rounding', async (one) => {
    const build = (weights: Tensor): Model =>
      buildModel(17, (g) => {
        const x = g.input('x', `float32[${one.input.join(',')}]`);
        g.output(g.node(one.op, [x, g.constant('w', weights)], one.settings ?? {}), 'y', 'float32');
      });
    const weights = randomTensor(one.weights, 9);
    const model = build(weights);
    const inputs = samples(one.input, 1);
    const plan = planStatic(model.graph, x86, () => false);
    const observers = momentObservers(plan.groups, product);
    await collect(model, [...observers.values()], sampleSet(inputs));
    const node = only(model, one.op);
    const bound = 7;
    const nearest = quantizeWeights(weights, one.axis, bound);
    const rounded = roundByMoments(node, weights, nearest, observers.get(node)!.finish(), bound);
    expect(rounded.scale).toBe(nearest.scale);
    expect(rounded.values.dims).toEqual(weights.dims);
    expect(Math.max(...Array.from(rounded.values.toNumbers(), Math.abs))).toBeLessThanOrEqual(bound);
    const [before, after] = [
      await errorOf(build, weights, nearest, inputs, 1),
      await errorOf(build, weights, rounded, inputs, 1),
    ];
    expect(after).toBeLessThan(0.6 * before);
    const moments = observers.get(node)!.finish();
    const scaled = roundAndScaleByMoments(node, weights, nearest, moments, bound, undefined);
    expect(Math.max(...Array.from(scaled.values.toNumbers(), Math.abs))).toBeLessThanOrEqual(bound);
    expect(await errorOf(build, weights, scaled, inputs, 1)).toBeLessThanOrEqual(after * 1.000001);
    // Scales that must not be gone below are not.
    const least = nearest.scale.toFloat32().map((scale) => scale * 1.2);
    const bounded = roundAndScaleByMoments(
      node,
      weights,
      { ...nearest, scale: Tensor.float32([least.length], least) },
      moments,
      bound,
      least,
    );
    expect(bounded.scale.toFloat32().every((scale, row) => scale >= least[row]!)).toBe(true);
  });
});

describe('momentObservers', () => {
  it('look at an input once for all nodes that see it through the same window', () => {
    const model = buildModel(17, (g) => {
      const x = g.input('x', 'float32[1,4,8,8]');
      const reader = (
        name: string,
        dims: readonly number[],
        settings: Record<string, Setting> = {},
      ): void => {
        const weights = g.constant(`${name}_w`, randomTensor(dims));
        g.output(g.node('Conv', [x, weights], settings, { name }), `${name}_y`, 'float32');
      };
      reader('a', [4, 4, 3, 3], { pads: [1, 1, 1, 1] });
      reader('b', [9, 4, 3, 3], { pads: [1, 1, 1, 1] });
      reader('other pads', [4, 4, 3, 3]);
      reader('other kernel', [4, 4, 1, 1]);
      reader('groups', [4, 2, 3, 3], { pads: [1, 1, 1, 1], group: 2 });
    });
    const plan = planStatic(model.graph, x86, () => false);
    const observers = momentObservers(plan.groups, product);
    const of = (name: string): unknown => [...observers].find(([node]) => node.name === name)?.[1];
    expect(of('a')).toBe(of('b'));
    expect(new Set(['a', 'other pads', 'other kernel', 'groups'].map(of)).size).toBe(4);
    const observer = observers.get([...observers.keys()][0]!)!;
    expect(observer.finish()).toBe(observer.finish());
  });
});
