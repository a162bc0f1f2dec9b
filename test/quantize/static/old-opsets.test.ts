import { expect, it } from 'vitest';
import { attribute } from '../../../src/ir/attribute.js';
import { minmax } from '../../../src/calibrate/methods/minmax.js';
import { quantizeStatic } from '../../../src/quantize/static/quantize-static.js';
import { x86 } from '../../../src/quantize/targets/x86.js';
import { describeKernels } from '../../../src/runtime/kernels.js';
import { inferShapes } from '../../../src/runtime/shapes.js';
import { buildModel } from '../../support/build.js';
import { conv } from '../../support/layers.js';
import { outputsOf } from '../../support/passes.js';
import { copyOf, randomSamples, sampleSet, sqnrOf } from '../artifact.js';

const model = (opset: number) =>
  buildModel(opset, (g) => {
    const first = conv(g, g.input('x', 'float32[1,8,10,10]'), [8, 8, 3, 3]);
    const settings = { min: attribute.float(0), max: attribute.float(3) };
    const active = opset < 11 ? g.node('Clip', [first], settings) : g.node('Relu', [first]);
    g.output(conv(g, active, [8, 8, 1, 1]), 'y', 'float32');
  });

// A model that cannot be carried to a newer opset stays where it is.
it.each([10, 11, 12])('opset %i has one scale for all channels, and integer kernels', async (opset) => {
  const original = model(opset);
  const samples = randomSamples(original);
  const artifact = copyOf(original);
  await inferShapes(artifact);
  await quantizeStatic(artifact, {
    target: x86,
    method: minmax,
    samples: sampleSet(samples),
    isExcluded: () => false,
  });
  const kernels = await describeKernels(copyOf(artifact), samples[0]);
  expect(kernels).toMatchObject({ integer: 2, float: 0, dequantized_weights: [] });
  const scales = [...artifact.graph.nodes()]
    .filter((node) => node.is('DequantizeLinear'))
    .map((node) => node.inputs[1]!.constant!.size);
  expect(new Set(scales)).toEqual(new Set([1]));
  const outputs = await Promise.all([original, artifact].map((one) => outputsOf(one, samples[0]!)));
  expect(sqnrOf([outputs[0]!], [outputs[1]!])).toBeGreaterThan(25);
});

it('opset 9 knows no quantized values', async () => {
  const old = model(9);
  const samples = sampleSet(randomSamples(old));
  const job = quantizeStatic(old, { target: x86, method: minmax, samples, isExcluded: () => false });
  await expect(job).rejects.toMatchObject({
    code: 'model',
    message: expect.stringContaining('opset 9') as string,
  });
});
