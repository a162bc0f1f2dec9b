import { describe, expect, it } from 'vitest';
import type { Value } from '../../../src/ir/value.js';
import { removeActivationQuantization } from '../../../src/quantize/static/remove-activation-quantization.js';
import { runPasses } from '../../../src/passes/pipeline.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, f32, i64, operators, type GraphBuilder } from '../../support/build.js';
import { outputsOf, passContext } from '../../support/passes.js';

const x = f32([2, 3], [0.1, -0.2, 0.3, 0.4, -0.5, 0.6]);

function model(
  between: (g: GraphBuilder, value: Value) => Value,
  second: { scale?: number; zero?: number } = {},
) {
  return buildModel(17, (g) => {
    const parameters = (name: string, scale: number, zero: number): Value[] => [
      g.constant(`${name}_s`, f32([], [scale])),
      g.constant(`${name}_z`, Tensor.fromNumbers('uint8', [], [zero])),
    ];
    const integers = g.node('QuantizeLinear', [g.input('x', 'float32[2,3]'), ...parameters('a', 0.01, 128)]);
    const moved = between(g, integers);
    const real = g.node('DequantizeLinear', [
      moved,
      ...parameters('b', second.scale ?? 0.01, second.zero ?? 128),
    ]);
    g.output(g.node('Neg', [real]), 'y', 'float32');
  });
}

describe('removeActivationQuantization', () => {
  it.each([
    ['nothing', (_: GraphBuilder, value: Value) => value, ['Neg']],
    ['a Transpose', (g: GraphBuilder, value: Value) => g.node('Transpose', [value]), ['Transpose', 'Neg']],
    [
      'a Reshape and a Slice',
      (g: GraphBuilder, value: Value) =>
        g.node('Slice', [
          g.node('Reshape', [value, g.constant('shape', i64(3, 2))]),
          g.constant('starts', i64(1)),
          g.constant('ends', i64(3)),
        ]),
      ['Reshape', 'Slice', 'Neg'],
    ],
  ])('takes a pair with %s in between away', async (_, between, left) => {
    const subject = model(between);
    const before = (await outputsOf(subject, new Map([['x', x]]))).get('y')!;
    const report = await runPasses(subject, [removeActivationQuantization], passContext(subject));
    expect(report.changes).toBe(1);
    expect(operators(subject)).toEqual(left);
    const after = (await outputsOf(subject, new Map([['x', x]]))).get('y')!;
    expect(after.dims).toEqual(before.dims);
    const [a, b] = [before.toFloat32(), after.toFloat32()];
    expect(Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))).toBeLessThan(0.0051);
  });

  it.each([{ scale: 0.02 }, { zero: 100 }])('leaves halves alone that differ in %j', async (second) => {
    const subject = model((_, value) => value, second);
    const report = await runPasses(subject, [removeActivationQuantization], passContext(subject));
    expect(report.changes).toBe(0);
  });
});
