import { describe, expect, it } from 'vitest';
import { denseReshapes } from '../../../src/passes/fuse/dense-reshapes.js';
import { gelu } from '../../../src/passes/fuse/gelu-standard.js';
import { gatedHardSigmoid, hardSigmoid } from '../../../src/passes/fuse/hard-sigmoid.js';
import { layerNorm } from '../../../src/passes/fuse/layer-norm.js';
import { runtimeGelu } from '../../../src/passes/fuse/runtime-gelu.js';
import { scalarChains } from '../../../src/passes/fuse/scalar-chains.js';
import type { Value } from '../../../src/ir/value.js';
import { buildModel, f32, i64, operators, randomTensor, type GraphBuilder } from '../../support/build.js';
import { check } from '../../support/passes.js';

const number = (g: GraphBuilder, value: number): Value =>
  g.constant(g.graph.names.fresh('n'), f32([], [value]));

/** x / 2 * (1 + erf(x / sqrt 2)), or with tanh. */
function writtenGelu(g: GraphBuilder, x: Value, form: 'erf' | 'tanh'): Value {
  const inner =
    form === 'erf'
      ? g.node('Erf', [g.node('Div', [x, number(g, Math.SQRT2)])])
      : g.node('Tanh', [
          g.node('Mul', [
            g.node('Add', [x, g.node('Mul', [g.node('Pow', [x, number(g, 3)]), number(g, 0.044715)])]),
            number(g, Math.sqrt(2 / Math.PI)),
          ]),
        ]);
  return g.node('Mul', [g.node('Mul', [x, g.node('Add', [inner, number(g, 1)])]), number(g, 0.5)]);
}

describe('gelu', () => {
  it.each(['erf', 'tanh'] as const)('is seen in the form with %s', async (form) => {
    const build = (opset: number): ReturnType<typeof buildModel> =>
      buildModel(opset, (g) =>
        g.output(writtenGelu(g, g.input('x', 'float32[2,9]'), form), 'y', 'float32[2,9]'),
      );
    const standard = build(20);
    await check(standard, gelu);
    expect(operators(standard)).toEqual(['Gelu']);
    const runtime = build(12);
    await check(runtime, runtimeGelu);
    expect(operators(runtime)).toEqual([form === 'erf' ? 'com.microsoft.Gelu' : 'com.microsoft.FastGelu']);
  });

  it('is left alone where a part of it is read elsewhere', async () => {
    const model = buildModel(20, (g) => {
      const y = writtenGelu(g, g.input('x', 'float32[2,9]'), 'erf');
      g.output(y, 'y', 'float32[2,9]');
      g.output(g.node('Abs', [y.producer!.inputs[0]]), 'z', 'float32[2,9]');
    });
    expect((await check(model, gelu)).changes).toBe(0);
  });
});

describe('layer-norm', () => {
  it.each(['scaled', 'plain'] as const)('is seen in its arithmetic (%s)', async (form) => {
    const model = buildModel(17, (g) => {
      const x = g.input('x', 'float32[batch,3,8]');
      const centred = g.node('Sub', [x, g.node('ReduceMean', [x], { axes: [-1] })]);
      const variance = g.node('ReduceMean', [g.node('Pow', [centred, number(g, 2)])], { axes: [-1] });
      const normal = g.node('Div', [centred, g.node('Sqrt', [g.node('Add', [variance, number(g, 1e-5)])])]);
      const scaled = g.node('Mul', [normal, g.constant('scale', randomTensor([8], 3))]);
      const result =
        form === 'plain' ? normal : g.node('Add', [scaled, g.constant('shift', randomTensor([8], 4))]);
      g.output(result, 'y', 'float32[batch,3,8]');
    });
    await check(model, layerNorm);
    expect(operators(model).filter((one) => one !== 'Mul')).toEqual(['LayerNormalization']);
  });
});

describe('hard sigmoid', () => {
  it.each([
    [11, ['HardSigmoid', 'Mul']],
    [14, ['HardSwish']],
  ] as const)('is seen in x * clip(x + 3, 0, 6) / 6 at opset %i', async (opset, expected) => {
    const model = buildModel(opset, (g) => {
      const x = g.input('x', 'float32[4,9]');
      const clip = g.node('Clip', [g.node('Add', [x, number(g, 3)]), number(g, 0), number(g, 6)]);
      g.output(g.node('Div', [g.node('Mul', [x, clip]), number(g, 6)]), 'y', 'float32[4,9]');
    });
    await check(model, [gatedHardSigmoid, hardSigmoid]);
    expect(operators(model)).toEqual(expected);
  });
});

describe('dense-reshapes', () => {
  it('multiplies a tensor of rank 3 without flattening it', async () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[batch,3,4]');
      const flat = g.node('Reshape', [x, g.constant('flat', i64(-1, 4))]);
      const product = g.node(
        'Gemm',
        [flat, g.constant('w', randomTensor([5, 4], 2)), g.constant('b', randomTensor([5], 3))],
        { transB: 1 },
      );
      g.output(g.node('Reshape', [product, g.constant('back', i64(-1, 3, 5))]), 'y', 'float32[batch,3,5]');
    });
    await check(model, denseReshapes);
    expect(operators(model)).toEqual(['MatMul', 'Add']);
  });
});

describe('scalar-chains', () => {
  it('joins numbers and constants that follow each other', async () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[2,4]');
      const scaled = g.node('Div', [
        g.node('Mul', [x, number(g, 3)]),
        g.constant('c', f32([4], [1, 2, 4, 8])),
      ]);
      g.output(g.node('Sub', [g.node('Add', [scaled, number(g, 1)]), number(g, 5)]), 'y', 'float32[2,4]');
    });
    await check(model, scalarChains);
    expect(operators(model)).toEqual(['Mul', 'Add']);
  });
});
