import { describe, expect, it } from 'vitest';
import { Tensor } from '../../src/tensor/tensor.js';
import { verifyModel } from '../../src/ir/verify.js';
import { cutUnits } from '../../src/prune/channels/cut.js';
import { groupChannels } from '../../src/prune/channels/groups.js';
import { copyModel } from '../../src/prune/repair/part.js';
import { inferShapes } from '../../src/runtime/shapes.js';
import { buildModel, i64, randomTensor, type GraphBuilder } from '../support/build.js';
import { batchNorm, conv } from '../support/layers.js';
import { largestDifference, outputsOf, randomFeeds } from '../support/passes.js';

/**
 * Cuts the first unit of every group that `width` says, and proves that the model is what it would be with the
 * unit's weights in all its readers set to zero: a channel that nobody reads is no channel.
 */
async function proveCut(build: (g: GraphBuilder) => void): Promise<number[]> {
  const widths: number[] = [];
  const original = buildModel(13, build);
  await inferShapes(original);
  for (let index = 0; ; index++) {
    const model = copyModel(original);
    const group = groupChannels(model).groups[index];
    if (group === undefined) return widths;
    widths.push(group.units.length);
    const reference = copyModel(original);
    const twin = groupChannels(reference).groups[index]!;
    silence(twin.units[0]!);
    const feeds = randomFeeds(model);
    cutUnits(model, [group.units[0]!]);
    verifyModel(model);
    const [expected, found] = [await outputsOf(reference, feeds), await outputsOf(model, feeds)];
    expect(largestDifference(expected, found)).toBeLessThan(1e-4);
  }
}

/** Zeros in every constant at the unit's places: nothing goes in, nothing comes out. */
function silence(unit: ReturnType<typeof groupChannels>['groups'][number]['units'][number]): void {
  for (const [{ value, axis }, places] of unit) {
    if (value.constant?.dtype !== 'float32') continue;
    const { dims } = value.constant;
    const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
    const length = dims[axis]!;
    const values = value.constant
      .toFloat32()
      .map((one, at) => (places.includes(Math.floor(at / inner) % length) ? 0 : one));
    value.constant = Tensor.float32(dims, values);
  }
}

describe('channels that are cut', () => {
  it('of a chain, through BatchNormalization, Relu and pooling', async () => {
    const widths = await proveCut((g) => {
      const x = g.input('x', 'float32[1,3,8,8]');
      const one = g.node('Relu', [batchNorm(g, conv(g, x, [6, 3, 3, 3]), 6)]);
      const two = g.node('MaxPool', [conv(g, one, [5, 6, 1, 1])], { kernel_shape: [2, 2] });
      g.output(conv(g, two, [2, 5, 1, 1]), 'y');
    });
    expect(widths.sort()).toEqual([5, 6]);
  });

  it('of residual sums, depthwise and grouped kernels', async () => {
    const widths = await proveCut((g) => {
      const x = g.input('x', 'float32[1,3,6,6]');
      const stem = conv(g, x, [8, 3, 1, 1]);
      const deep = conv(g, g.node('Relu', [stem]), [8, 1, 3, 3], { group: 8, pads: [1, 1, 1, 1] });
      const sum = g.node('Add', [stem, conv(g, deep, [8, 8, 1, 1])]);
      const grouped = conv(g, sum, [4, 4, 1, 1], { group: 2 });
      g.output(conv(g, grouped, [2, 4, 1, 1]), 'y');
    });
    // Two groups of four channels lose one each; so do the two groups of two outputs.
    expect(widths.sort()).toEqual([2, 4]);
  });

  it('of joined, split and flattened values', async () => {
    const widths = await proveCut((g) => {
      const x = g.input('x', 'float32[1,3,4,4]');
      const joined = g.node('Concat', [conv(g, x, [4, 3, 1, 1]), conv(g, x, [5, 3, 1, 1])], { axis: 1 });
      const parts = g.nodes('Split', [joined, g.constant('sizes', i64(3, 6))], { axis: 1 }, { outputs: 2 });
      const left = conv(g, parts[0]!, [3, 3, 1, 1]);
      const right = conv(g, parts[1]!, [3, 6, 1, 1]);
      const flat = g.node('Reshape', [g.node('Add', [left, right]), g.constant('shape', i64(1, 48))]);
      g.output(g.node('Gemm', [flat, g.constant('w', randomTensor([2, 48], 9))], { transB: 1 }), 'y');
    });
    // Three and one of the first part, five of the second; three sums.
    expect(widths.sort()).toEqual([3, 3, 5]);
  });

  it('of squeeze and excitation, and PRelu', async () => {
    const widths = await proveCut((g) => {
      const x = g.input('x', 'float32[1,3,5,5]');
      const wide = g.node('PRelu', [
        conv(g, x, [6, 3, 3, 3]),
        g.constant('slope', randomTensor([6, 1, 1], 5)),
      ]);
      const squeezed = conv(g, g.node('GlobalAveragePool', [wide]), [3, 6, 1, 1]);
      const gate = g.node('Sigmoid', [conv(g, g.node('Relu', [squeezed]), [6, 3, 1, 1])]);
      g.output(conv(g, g.node('Mul', [wide, gate]), [2, 6, 1, 1]), 'y');
    });
    expect(widths.sort()).toEqual([3, 6]);
  });

  it('of attention heads and feed-forward layers', async () => {
    const widths = await proveCut((g) => {
      const x = g.input('x', 'float32[1,5,6]');
      const heads = (name: string, perm: number[], seed: number) => {
        const made = g.node('MatMul', [x, g.constant(name, randomTensor([6, 12], seed))]);
        const apart = g.node('Reshape', [made, g.constant(`${name}_shape`, i64(1, 5, 3, 4))]);
        return g.node('Transpose', [apart], { perm });
      };
      const scores = g.node('MatMul', [heads('q', [0, 2, 1, 3], 1), heads('k', [0, 2, 3, 1], 2)]);
      const mixed = g.node('MatMul', [
        g.node('Softmax', [scores], { axis: -1 }),
        heads('v', [0, 2, 1, 3], 3),
      ]);
      const back = g.node('Reshape', [
        g.node('Transpose', [mixed], { perm: [0, 2, 1, 3] }),
        g.constant('back', i64(0, 0, 12)),
      ]);
      const out = g.node('MatMul', [back, g.constant('o', randomTensor([12, 6], 4))]);
      const inner = g.node('Relu', [g.node('MatMul', [out, g.constant('up', randomTensor([6, 10], 5))])]);
      g.output(g.node('MatMul', [inner, g.constant('down', randomTensor([10, 6], 6))]), 'y');
    });
    // Heads, the value between attention and feed-forward, hidden units.
    expect(widths.sort()).toEqual([10, 3, 6]);
  });

  it.each(['forward', 'bidirectional'])('of the hidden state of an LSTM (%s)', async (direction) => {
    const widths = await proveCut((g) => {
      const x = g.input('x', 'float32[4,1,3]');
      const directions = direction === 'forward' ? 1 : 2;
      const weights = [
        g.constant('w', randomTensor([directions, 20, 3], 1)),
        g.constant('r', randomTensor([directions, 20, 5], 2)),
        g.constant('b', randomTensor([directions, 40], 3)),
      ];
      const [states] = g.nodes('LSTM', [x, ...weights], { hidden_size: 5, direction }, { outputs: 1 });
      const turned = g.node('Transpose', [states!], { perm: [0, 2, 1, 3] });
      const flat = g.node('Reshape', [turned, g.constant('shape', i64(4, 1, 5 * directions))]);
      g.output(g.node('MatMul', [flat, g.constant('m', randomTensor([5 * directions, 2], 4))]), 'y');
    });
    expect(widths).toEqual([5]);
  });

  it('leaves what is frozen, and says why', async () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[1,3,4,4]');
      g.output(g.node('Softmax', [conv(g, x, [4, 3, 1, 1])], { axis: 1 }), 'y');
    });
    await inferShapes(model);
    expect(groupChannels(model).groups).toEqual([]);
  });
});
