import { describe, expect, it } from 'vitest';
import { parametersOf } from '../../src/distill/parameters.js';
import { attribute } from '../../src/ir/attribute.js';
import type { Value } from '../../src/ir/value.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { buildModel, i64, randomTensor, type GraphBuilder } from '../support/build.js';
import { gradientDistances } from './gradient-check.js';

let seed = 1;
const weight = (g: GraphBuilder, name: string, dims: readonly number[], scale = 0.4) =>
  g.constant(name, randomTensor(dims, seed++, scale));

/** Two blocks with a shortcut, a depthwise convolution and pools. */
const convolutional = () =>
  buildModel(17, (g) => {
    seed = 1;
    const channels = [6];
    const statistics = ['scale', 'bias'].map((name) => weight(g, name, channels, 1));
    const mean = weight(g, 'mean', channels, 0.1);
    const variance = g.constant('variance', Tensor.float32(channels, [0.5, 1, 1.5, 0.7, 0.9, 1.2]));
    const x = g.input('x', 'float32[2,3,8,8]');
    const stem = g.node('Conv', [x, weight(g, 'w1', [6, 3, 3, 3])], { pads: [1, 1, 1, 1] });
    const normal = g.node('BatchNormalization', [stem, ...statistics, mean, variance]);
    const active = g.node('HardSwish', [normal]);
    const deep = g.node('Conv', [active, weight(g, 'w2', [6, 1, 3, 3]), weight(g, 'b2', channels)], {
      pads: [1, 1, 1, 1],
      group: 6,
    });
    const point = g.node('Conv', [g.node('Sigmoid', [deep]), weight(g, 'w3', [6, 6, 1, 1])]);
    const joined = g.node('Add', [point, active]);
    const small = g.node('AveragePool', [joined], { kernel_shape: [2, 2], strides: [2, 2] });
    const wide = g.node('Conv', [small, weight(g, 'w4', [8, 6, 3, 3])], {
      strides: [2, 2],
      pads: [1, 1, 1, 1],
    });
    const flat = g.node('Flatten', [g.node('GlobalAveragePool', [g.node('Tanh', [wide])])]);
    const gemm = g.node('Gemm', [flat, weight(g, 'w5', [5, 8]), weight(g, 'b5', [5])], { transB: 1 });
    g.output(g.node('LogSoftmax', [gemm], { axis: 1 }), 'y', 'float32[2,5]');
  });

/** Embedding, an attention block and a dense block with their norms, decomposed as exporters write them. */
const transformer = () =>
  buildModel(17, (g) => {
    seed = 50;
    const [width, heads, length] = [8, 2, 5];
    const number = (name: string, value: number) => g.constant(name, Tensor.float32([], [value]));
    const norm = (x: Value, name: string) => {
      const centred = g.node('Sub', [x, g.node('ReduceMean', [x], { axes: [-1] })]);
      const variance = g.node('ReduceMean', [g.node('Pow', [centred, number(`${name}_two`, 2)])], {
        axes: [-1],
      });
      const deviation = g.node('Sqrt', [g.node('Add', [variance, number(`${name}_epsilon`, 1e-5)])]);
      const scaled = g.node('Mul', [
        g.node('Div', [centred, deviation]),
        weight(g, `${name}_scale`, [width], 1),
      ]);
      return g.node('Add', [scaled, weight(g, `${name}_bias`, [width])]);
    };
    const dense = (x: Value, name: string, from: number, to: number) =>
      g.node('Add', [
        g.node('MatMul', [x, weight(g, `${name}_w`, [from, to])]),
        weight(g, `${name}_b`, [to]),
      ]);
    const split = (x: Value, name: string, perm: number[]) => {
      const shape = g.constant(`${name}_shape`, i64(2, length, heads, width / heads));
      return g.node('Transpose', [g.node('Reshape', [x, shape])], { perm });
    };
    const tokens = g.constant('tokens', Tensor.int64([2, length], [0, 3, 1, 1, 5, 2, 2, 4, 0, 6]));
    const embedded = g.node('Gather', [weight(g, 'table', [7, width]), tokens]);
    const x = g.node('Add', [embedded, weight(g, 'positions', [length, width])]);
    const first = norm(x, 'n1');
    const query = split(dense(first, 'q', width, width), 'q', [0, 2, 1, 3]);
    const key = split(dense(first, 'k', width, width), 'k', [0, 2, 3, 1]);
    const value = split(dense(first, 'v', width, width), 'v', [0, 2, 1, 3]);
    const scores = g.node('Div', [g.node('MatMul', [query, key]), number('root', 2)]);
    const mixed = g.node('MatMul', [g.node('Softmax', [scores], { axis: -1 }), value]);
    const merged = g.node('Reshape', [
      g.node('Transpose', [mixed], { perm: [0, 2, 1, 3] }),
      g.constant('merged_shape', i64(2, length, width)),
    ]);
    const attended = g.node('Add', [x, dense(merged, 'o', width, width)]);
    const hidden = dense(norm(attended, 'n2'), 'f', width, 12);
    const error = g.node('Erf', [g.node('Div', [hidden, number('sqrt2', Math.SQRT2)])]);
    const half = g.node('Mul', [hidden, number('half', 0.5)]);
    const gelu = g.node('Mul', [half, g.node('Add', [error, number('one', 1)])]);
    const whole = g.node('Add', [attended, dense(gelu, 'p', 12, width)]);
    const pooled = g.node('ReduceMean', [whole], { axes: [1], keepdims: 0 });
    g.output(dense(pooled, 'head', width, 3), 'y', 'float32[2,3]');
  });

describe('gradients of whole networks against central differences in float64', () => {
  it('hold for every parameter of a convolutional network', async () => {
    const model = convolutional();
    const names = parametersOf(model).map(({ value }) => value.name);
    expect(names).toEqual(['w1', 'scale', 'bias', 'w2', 'b2', 'w3', 'w4', 'w5', 'b5']);
    const inputs = new Map([['x', randomTensor([2, 3, 8, 8], 7)]]);
    for (const { input, relative } of await gradientDistances(model, inputs, [...names, 'x'], { moved: 6 })) {
      expect(relative, input).toBeLessThan(1e-3);
    }
  });

  it('hold for every parameter of a transformer', async () => {
    const model = transformer();
    const names = parametersOf(model).map(({ value }) => value.name);
    // Numbers of formulas are none of them.
    expect(names).toHaveLength(2 + 2 * 2 + 2 * 7);
    for (const { input, relative } of await gradientDistances(model, new Map(), names, { moved: 6 })) {
      // What a bias adds to every score of a Softmax changes nothing: its gradient is rounding.
      if (input !== 'k_b') expect(relative, input).toBeLessThan(1e-3);
    }
  });

  it('name the operator in between that has none', async () => {
    const model = buildModel(17, (g) => {
      const x = g.input('x', 'float32[1,4]');
      const low = g.node('MatMul', [x, weight(g, 'w', [4, 4])], {}, { name: 'low' });
      const odd = g.node(
        'Mod',
        [low, g.constant('m', Tensor.float32([], [2]))],
        { fmod: 1 },
        { name: 'odd' },
      );
      const high = g.node('MatMul', [odd, weight(g, 'v', [4, 4])], {}, { name: 'high' });
      g.output(
        g.node('Mul', [high, g.constant('s', Tensor.float32([], [2]))], { axis: attribute.int(1) }),
        'y',
      );
    });
    const { checkGradients } = await import('../../src/distill/check-gradients.js');
    expect(() => {
      checkGradients(model, new Set(['w', 'v']));
    }).toThrow('Mod (odd) has no gradient here');
    try {
      checkGradients(model, new Set(['w', 'v']));
    } catch (thrown) {
      expect((thrown as { hint: string }).hint).toContain('1 of 2 weights lie above, from high on');
    }
    // With what lies below frozen, nothing stands in the way.
    checkGradients(model, new Set(['v']));
  });
});
