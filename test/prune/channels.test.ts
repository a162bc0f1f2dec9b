import { describe, expect, it } from 'vitest';
import { Tensor } from '../../src/tensor/tensor.js';
import type { Value } from '../../src/ir/value.js';
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
async function proveCut(build: (g: GraphBuilder) => void, { opset = 13 } = {}): Promise<number[]> {
  const widths: number[] = [];
  const original = buildModel(opset, build);
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

  it.each([
    ['in groups', 2, [8, 3, 3, 3], 6, [4, 3]],
    ['one channel each', 8, [8, 1, 3, 3], 8, [8]],
  ])('of a transposed convolution, %s', async (_, group, weights, width, expected) => {
    const widths = await proveCut((g) => {
      const x = conv(g, g.input('x', 'float32[1,3,6,6]'), [8, 3, 1, 1]);
      const kernel = g.constant('kernel', randomTensor(weights, 8));
      const wide = g.node('ConvTranspose', [x, kernel], { group, strides: [2, 2] });
      g.output(conv(g, g.node('Relu', [wide]), [2, width, 1, 1]), 'y');
    });
    expect(widths.sort()).toEqual([...expected].sort());
  });

  it('of the hidden state of a GRU', async () => {
    const widths = await proveCut((g) => {
      const x = g.input('x', 'float32[4,1,3]');
      const weights = [
        g.constant('w', randomTensor([1, 15, 3], 1)),
        g.constant('r', randomTensor([1, 15, 5], 2)),
      ];
      const settings = { hidden_size: 5, linear_before_reset: 1 };
      const [states] = g.nodes('GRU', [x, ...weights], settings, { outputs: 1 });
      const flat = g.node('Reshape', [states!, g.constant('shape', i64(4, 1, 5))]);
      g.output(g.node('MatMul', [flat, g.constant('m', randomTensor([5, 2], 4))]), 'y');
    });
    expect(widths).toEqual([5]);
  });

  describe('of fused attention', () => {
    const opset = { opset: 23 };
    const project = (g: GraphBuilder, x: Value, name: string, width: number, seed: number): Value =>
      g.node('MatMul', [x, g.constant(name, randomTensor([6, width], seed, 0.4))]);
    const back = (g: GraphBuilder, y: Value, width: number): void => {
      g.output(g.node('MatMul', [y, g.constant('o', randomTensor([width, 6], 9))]), 'y');
    };

    it('with heads in the last axis, queries that share keys', async () => {
      const widths = await proveCut((g) => {
        const x = g.input('x', 'float32[1,5,6]');
        const [q, k, v] = [project(g, x, 'q', 24, 1), project(g, x, 'k', 12, 2), project(g, x, 'v', 12, 3)];
        back(g, g.node('Attention', [q, k, v], { q_num_heads: 6, kv_num_heads: 3 }), 24);
      }, opset);
      expect(widths).toEqual([3]);
    });

    it('with heads in an axis of their own, and a mask for each', async () => {
      const widths = await proveCut((g) => {
        const x = g.input('x', 'float32[1,5,6]');
        const apart = (value: Value, name: string): Value =>
          g.node('Transpose', [g.node('Reshape', [value, g.constant(`${name}_apart`, i64(1, 5, 3, 4))])], {
            perm: [0, 2, 1, 3],
          });
        const [q, k, v] = ['q', 'k', 'v'].map((name, i) => apart(project(g, x, name, 12, i), name));
        const mask = g.constant('mask', randomTensor([1, 3, 5, 5], 5));
        const y = g.node('Transpose', [g.node('Attention', [q!, k!, v!, mask])], { perm: [0, 2, 1, 3] });
        back(g, g.node('Reshape', [y, g.constant('together', i64(1, 5, 12))]), 12);
      }, opset);
      expect(widths).toContain(3);
    });

    it("of the runtime's own operators", async () => {
      const microsoft = { domain: 'com.microsoft' };
      const many = await proveCut((g) => {
        const x = g.input('x', 'float32[1,5,6]');
        const [q, k, v] = ['q', 'k', 'v'].map((name, i) => project(g, x, name, 12, i));
        const bias = g.constant('bias', randomTensor([36], 4));
        back(g, g.node('MultiHeadAttention', [q!, k!, v!, bias], { num_heads: 3 }, microsoft), 12);
      });
      expect(many).toEqual([3]);
      const packed = await proveCut((g) => {
        const x = project(g, g.input('x', 'float32[1,5,6]'), 'in', 8, 7);
        const weights = [
          g.constant('w', randomTensor([8, 36], 1, 0.4)),
          g.constant('b', randomTensor([36], 2)),
        ];
        const skip = g.input('skip', 'float32[1,5,8]');
        const scale = g.constant('scale', randomTensor([8], 3));
        const [normal] = g.nodes(
          'SkipLayerNormalization',
          [x, skip, scale],
          {},
          { ...microsoft, outputs: 1 },
        );
        back(g, g.node('Attention', [normal!, ...weights], { num_heads: 3 }, microsoft), 12);
      });
      // The width in front of it hangs on the input `skip`.
      expect(packed).toEqual([3]);
    });
  });

  it.each(['inside', 'outside'])('of both bodies of an If, whose weights lie %s', async (where) => {
    const widths = await proveCut((g) => {
      const x = conv(g, g.input('x', 'float32[1,3,6,6]'), [4, 3, 1, 1]);
      const branch = (name: string, width: number) => {
        const weights = (inner: GraphBuilder, end: string, dims: number[]): Value =>
          (where === 'inside' ? inner : g).constant(`${name}_${end}`, randomTensor(dims, width));
        return g.body(name, (inner) => {
          const wide = inner.node('Conv', [x, weights(inner, 'first', [width, 4, 3, 3])]);
          const kernel = weights(inner, 'second', [2, width, 1, 1]);
          inner.output(
            inner.node('Conv', [inner.node('Relu', [wide]), kernel]),
            `${name}_y`,
            'float32[1,2,4,4]',
          );
        });
      };
      const bodies = { then_branch: branch('yes', 5), else_branch: branch('no', 7) };
      g.output(g.node('If', [g.input('c', 'bool[]')], bodies), 'y', 'float32[1,2,4,4]');
    });
    // What the bodies read of the graph around them keeps its four channels.
    expect(widths.sort()).toEqual([5, 7]);
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
