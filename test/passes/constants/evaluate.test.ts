import { describe, expect, it } from 'vitest';
import type { Node } from '../../../src/ir/node.js';
import { evaluateSmall } from '../../../src/passes/constants/evaluate.js';
import { createEvaluator } from '../../../src/runtime/evaluate.js';
import type { DType } from '../../../src/tensor/dtype.js';
import { seededRandom } from '../../../src/tensor/random.js';
import { elementCount, Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, f32, i64, type Setting } from '../../support/build.js';

type Case = readonly [
  opType: string,
  inputs: readonly (Tensor | undefined)[],
  settings?: Readonly<Record<string, Setting>>,
];

const random = seededRandom(3);

/** Whole numbers around zero, halves for floats; each dtype by its own rules. */
function some(dtype: DType, ...dims: number[]): Tensor {
  const spread = dtype === 'bool' ? 2 : 21;
  const shift = ['bool', 'uint8'].includes(dtype) ? 0 : 10;
  return Tensor.fromNumbers(
    dtype,
    dims,
    Array.from({ length: elementCount(dims) }, () => {
      const whole = Math.floor(spread * random()) - shift;
      return dtype === 'float32' || dtype === 'float64' ? whole / 3 : whole;
    }),
  );
}

const one = (dtype: DType, value: number): Tensor => Tensor.fromNumbers(dtype, [], [value]);
const largest = Tensor.int64([2], [2n ** 63n - 1n, -(2n ** 63n)]);

const cases: readonly Case[] = [
  ['Identity', [some('float32', 2, 3)]],
  ['Reshape', [some('int64', 2, 3, 4), i64(0, -1)]],
  ['Reshape', [some('float16', 4), i64(2, 2)]],
  ['Reshape', [some('float32', 0, 3), i64(3, 0)], { allowzero: 1 }],
  ['Unsqueeze', [some('int32', 2, 3), i64(0, -1)]],
  ['Squeeze', [some('uint8', 1, 3, 1), i64(-1)]],
  ['Squeeze', [some('uint8', 1, 3, 1)]],
  ['Transpose', [some('float32', 2, 3, 4)], { perm: [2, 0, 1] }],
  ['Transpose', [some('bool', 2, 3)]],
  ['Expand', [some('int64', 3, 1), i64(2, 1, 4)]],
  ['Expand', [one('float64', 2.5), i64(2, 0)]],
  ['Slice', [some('int64', 5, 4), i64(1, -3), i64(4, 100), i64(0, 1)]],
  ['Slice', [some('float32', 5, 4), i64(-1, 3), i64(-100, 0), i64(0, 1), i64(-2, -1)]],
  ['Slice', [some('float16', 5), i64(2), Tensor.int64([1], [2n ** 63n - 1n])]],
  ['Slice', [some('int32', 3), i64(5), i64(9)]],
  ['Gather', [some('float32', 3, 4), i64(2, -1, 0)]],
  ['Gather', [some('int64', 3, 4), Tensor.int64([], [1])], { axis: -1 }],
  ['Gather', [some('bool', 2, 3, 2), Tensor.fromNumbers('int32', [2, 1], [1, 0])], { axis: 1 }],
  ['Concat', [some('float32', 2, 1, 3), some('float32', 2, 4, 3)], { axis: 1 }],
  ['Concat', [some('int64', 0), some('int64', 2), some('int64', 1)], { axis: 0 }],
  ['ConstantOfShape', [i64(2, 3)]],
  ['ConstantOfShape', [i64(0)], { value: Tensor.int64([1], [7]) }],
  ['ConstantOfShape', [Tensor.int64([0], [])], { value: Tensor.fromNumbers('bool', [1], [1]) }],
  ['Range', [one('int64', 7), one('int64', -4), one('int64', -3)]],
  ['Range', [one('int32', 2), one('int32', 9), one('int32', 4)]],
  ['Range', [one('int64', 2), one('int64', 2), one('int64', 1)]],
  ['Sqrt', [f32([1], [0.1])]],
  ['Sqrt', [one('float64', 2)]],
  ['Not', [some('bool', 5)]],
  ['Where', [some('bool', 2, 1), some('float32', 3), some('float32', 4, 1, 1)]],
  ['Where', [one('bool', 0), some('int64', 2), some('int64', 2)]],
  ['Cast', [some('int64', 6)], { to: 1 }],
  ['Cast', [some('int64', 6)], { to: 9 }],
  ['Cast', [largest], { to: 6 }],
  ['Cast', [some('bool', 6)], { to: 7 }],
  ['Cast', [some('int32', 6)], { to: 11 }],
  ['Add', [largest, i64(1, -1)]],
  ['Mul', [largest, i64(3, 3)]],
  ['Mul', [Tensor.fromNumbers('int32', [2], [2 ** 30, -7]), one('int32', 12)]],
  ...(['Add', 'Sub', 'Mul'] as const).flatMap((opType): Case[] => [
    [opType, [some('int64', 2, 1), some('int64', 3)]],
    [opType, [some('int32', 4), one('int32', 3)]],
    [opType, [some('float32', 3, 2), some('float32', 3, 1)]],
    [opType, [some('float64', 5), some('float64', 5)]],
  ]),
  ['Div', [some('int64', 7), one('int64', 4)]],
  ['Div', [some('int32', 7), one('int32', -3)]],
  ['Div', [some('float32', 7), one('float32', 3)]],
  ['Div', [f32([2], [1, -1]), one('float32', 0)]],
  ...(['Equal', 'Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual'] as const).map((opType): Case => [
    opType,
    [some('int64', 4, 1), some('int64', 5)],
  ]),
  ['Equal', [some('bool', 4), some('bool', 4)]],
];

function nodeOf([opType, inputs, settings]: Case): { node: Node; model: ReturnType<typeof buildModel> } {
  const model = buildModel(17, (g) => {
    g.graph.addOutput(
      g.node(
        opType,
        inputs.map((tensor, index) => (tensor === undefined ? undefined : g.constant(`c${index}`, tensor))),
        settings,
      ),
    );
  });
  return { node: model.graph.firstNode!, model };
}

describe('evaluateSmall', () => {
  it.each(cases.map((one) => [one[0], one] as const))('%s gives what the runtime gives', async (_, one) => {
    const { node, model } = nodeOf(one);
    const expected = (await createEvaluator(model)([node])).get(node.outputs[0]!)!;
    const found = evaluateSmall(node, 17, one[1]);
    expect([found?.dtype, found?.dims]).toEqual([expected.dtype, expected.dims]);
    expect(Buffer.from(found!.bytes())).toEqual(Buffer.from(expected.bytes()));
  });

  it('moves numbers bit by bit', () => {
    const signaling = Tensor.of('float32', [2], Uint32Array.of(0x7fa00001, 0x80000000));
    const { node } = nodeOf(['Transpose', [signaling]]);
    expect([...evaluateSmall(node, 17, [signaling])!.bytes()]).toEqual([...signaling.bytes()]);
  });

  const left: readonly (readonly [string, Case])[] = [
    ['a quotient by zero', ['Div', [i64(1), i64(0)]]],
    ['what is no number', ['Div', [f32([1], [0]), f32([1], [0])]]],
    ['the root of several', ['Sqrt', [f32([2], [1, 2])]]],
    ['a cast of floats to integers', ['Cast', [f32([1], [2.5])], { to: 7 }]],
    ['integers that float64 does not hold', ['Cast', [largest], { to: 1 }]],
    ['an index out of range', ['Gather', [i64(1, 2), i64(2)]]],
    ['dims that do not broadcast', ['Add', [i64(1, 2), i64(1, 2, 3)]]],
    ['a target that does not hold the elements', ['Reshape', [i64(1, 2), i64(3)]]],
    ['a target with two open lengths', ['Reshape', [i64(1, 2), i64(-1, -1)]]],
    ['an axis that the data lacks', ['Concat', [i64(1), i64(2)], { axis: 1 }]],
    ['a negative length', ['ConstantOfShape', [i64(-1)]]],
    ['a step of zero', ['Range', [one('int64', 0), one('int64', 5), one('int64', 0)]]],
    ['much of little', ['Expand', [i64(1), i64(1_000_000)]]],
  ];
  it.each(left)('leaves %s to the runtime', (_, one) => {
    expect(evaluateSmall(nodeOf(one).node, 17, one[1])).toBeUndefined();
  });

  it('leaves operators of other domains alone', () => {
    const { node } = nodeOf(['Identity', [i64(1)]]);
    node.domain = 'own';
    expect(evaluateSmall(node, 17, [i64(1)])).toBeUndefined();
  });
});
