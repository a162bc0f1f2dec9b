import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src/ir/model.js';
import type { Node } from '../../../src/ir/node.js';
import type { Value } from '../../../src/ir/value.js';
import { verifyModel } from '../../../src/ir/verify.js';
import { staticMode } from '../../../src/quantize/modes/static.js';
import { tensorrt } from '../../../src/quantize/targets/tensorrt.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, f32, randomTensor, type GraphBuilder } from '../../support/build.js';
import { conv } from '../../support/layers.js';
import { outputsOf } from '../../support/passes.js';
import { contextOf, copyOf, randomSamples, sqnrOf } from '../artifact.js';

async function quantized(
  build: (g: GraphBuilder, x: Value) => Value,
  input = 'float32[1,8,10,10]',
): Promise<{ model: Model; sqnr: number }> {
  const model = buildModel(17, (g) => {
    g.output(build(g, g.input('x', input)), 'y', 'float32');
  });
  return artifactOf(model);
}

/** What static mode makes for TensorRT. It is run on the CPU here: the numbers are the same, the speed is not. */
async function artifactOf(original: Model): Promise<{ model: Model; sqnr: number }> {
  const samples = randomSamples(original);
  const model = copyOf(original);
  await staticMode.apply(model, contextOf(original, { target: tensorrt, samples }));
  verifyModel(model);
  const before = await Promise.all(samples.map((sample) => outputsOf(original, sample)));
  const after = await Promise.all(samples.map((sample) => outputsOf(model, sample)));
  return { model, sqnr: sqnrOf(before, after) };
}

const nodesOf = (model: Model, ...types: string[]): Node[] =>
  [...model.graph.nodes()].filter((node) => node.is(...types));

/** Every rule that TensorRT has for Q/DQ, whatever the model. */
function expectToFit(model: Model): void {
  for (const node of nodesOf(model, 'QuantizeLinear', 'DequantizeLinear')) {
    const zeroPoint = node.inputs[2]?.constant;
    expect(zeroPoint?.dtype).toBe('int8');
    expect(Array.from(zeroPoint!.toNumbers()).every((value) => value === 0)).toBe(true);
    expect(Array.from(node.inputs[1]!.constant!.toNumbers()).every((scale) => scale > 0)).toBe(true);
  }
  for (const node of nodesOf(model, 'Conv', 'Gemm', 'MatMul')) {
    expect(node.inputs[0]?.producer?.opType).toBe('DequantizeLinear');
    const weights = node.inputs[1]!.producer!;
    expect(weights.opType).toBe('DequantizeLinear');
    expect(weights.inputs[0]?.constant?.dtype).toBe('int8');
    // Nothing is quantized behind a multiplication but what the next one reads.
    expect(node.inputs[2]?.constant?.dtype ?? 'float32').toBe('float32');
  }
}

describe('Q/DQ for TensorRT', () => {
  it('is symmetric, with a scale for each channel of weights, and biases in float', async () => {
    const { model, sqnr } = await quantized((g, x) =>
      conv(g, g.node('Relu', [conv(g, x, [8, 8, 3, 3])]), [6, 8, 1, 1]),
    );
    expectToFit(model);
    const convs = nodesOf(model, 'Conv');
    expect(convs.map((node) => node.inputs[1]!.producer!.inputs[1]!.constant!.dims)).toEqual([[8], [6]]);
    expect(convs.map((node) => node.inputs[1]!.producer!.int('axis', 1))).toEqual([0, 0]);
    expect(convs.every((node) => node.inputs[2]?.constant?.dtype === 'float32')).toBe(true);
    expect(sqnr).toBeGreaterThan(25);
  });

  it('leaves the activation between a multiplication and the next QuantizeLinear, which TensorRT fuses', async () => {
    const { model } = await quantized((g, x) =>
      conv(g, g.node('Relu', [conv(g, x, [8, 8, 3, 3])]), [8, 8, 1, 1]),
    );
    const [relu] = nodesOf(model, 'Relu');
    expect(relu?.inputs[0]?.producer?.opType).toBe('Conv');
    expect(relu?.outputs[0]?.consumers.map((node) => node.opType)).toEqual(['QuantizeLinear']);
    // Two inputs of Conv, and nothing at the output of the model.
    expect(nodesOf(model, 'QuantizeLinear')).toHaveLength(2);
    expect(model.graph.outputs[0]?.producer?.opType).toBe('Conv');
  });

  it('quantizes the residual operand of an Add and not the one out of the Conv', async () => {
    const { model } = await quantized((g, x) => {
      const first = g.node('Relu', [conv(g, x, [8, 8, 1, 1])]);
      const sum = g.node('Add', [conv(g, first, [8, 8, 1, 1]), first]);
      return conv(g, g.node('Relu', [sum]), [8, 8, 1, 1]);
    });
    expectToFit(model);
    const [add] = nodesOf(model, 'Add');
    expect(add?.inputs.map((value) => value?.producer?.opType)).toEqual(['Conv', 'DequantizeLinear']);
    // The branch and the Conv beside it read the same integers.
    expect(add?.inputs[1]?.consumers.map((node) => node.opType).sort()).toEqual(['Add', 'Conv']);
  });

  it('takes the branch that is computed first where both come out of a Conv', async () => {
    const { model } = await quantized((g, x) => {
      const shortcut = conv(g, x, [8, 8, 1, 1]);
      return g.node('Add', [conv(g, x, [8, 8, 1, 1]), shortcut]);
    });
    const [add] = nodesOf(model, 'Add');
    expect(add?.inputs.map((value) => value?.producer?.opType)).toEqual(['Conv', 'DequantizeLinear']);
    expect(add?.inputs[1]?.producer?.inputs[0]?.producer?.inputs[0]?.producer?.opType).toBe('Conv');
  });

  it('leaves an Add of a bias, and one without a multiplication, alone', async () => {
    const { model } = await quantized((g, x) => {
      const pooled = g.node('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] });
      return conv(g, g.node('Add', [pooled, g.node('Relu', [pooled])]), [8, 8, 1, 1]);
    });
    const [add] = nodesOf(model, 'Add');
    expect(add?.inputs.map((value) => value?.producer?.opType)).toEqual(['MaxPool', 'Relu']);
  });

  it('folds the factors of Gemm into weights and a float bias', async () => {
    const { model, sqnr } = await quantized(
      (g, x) =>
        g.node('Gemm', [x, g.constant('w', randomTensor([16, 4])), g.constant('b', f32([4], [1, 2, 3, 4]))], {
          beta: { kind: 'float', value: 0.5 },
        }),
      'float32[2,16]',
    );
    expectToFit(model);
    const [gemm] = nodesOf(model, 'Gemm');
    expect(gemm?.inputs[2]?.constant?.dims).toEqual([4]);
    expect(gemm?.inputs[1]?.producer?.inputs[1]?.constant?.dims).toEqual([4]);
    expect(sqnr).toBeGreaterThan(25);
  });

  it('turns a DequantizeLinear of bytes that the model takes into arithmetic', async () => {
    const model = buildModel(17, (g) => {
      const bytes = g.input('x', 'uint8[1,8,10,10]');
      const scale = g.constant('scale', f32([], [0.02]));
      const zero = g.constant('zero', Tensor.fromNumbers('uint8', [], [127]));
      g.output(conv(g, g.node('DequantizeLinear', [bytes, scale, zero]), [8, 8, 1, 1]), 'y', 'float32');
    });
    const { model: artifact, sqnr } = await artifactOf(model);
    expectToFit(artifact);
    expect([...artifact.graph.nodes()].slice(0, 3).map((node) => node.opType)).toEqual([
      'Cast',
      'Sub',
      'Mul',
    ]);
    expect(sqnr).toBeGreaterThan(25);
  });
});
