import { describe, expect, it } from 'vitest';
import { attribute } from '../../../../src/ir/attribute.js';
import { upgradeOpset } from '../../../../src/onnx/upgrade/upgrade.js';
import { Tensor } from '../../../../src/tensor/tensor.js';
import { expectNumbers, expectUnchanged, feedsOf, floats, oneNode, run, type OneNode } from '../models.js';

const { int, ints, float, floats: floatList } = attribute;
const image = floats(2, 3, 4, 5);

const exact: Record<string, OneNode> = {
  Affine: {
    opset: 9,
    operator: 'Affine',
    attributes: { alpha: float(2), beta: float(0.5) },
    inputs: [image],
  },
  Crop: { opset: 9, operator: 'Crop', attributes: { border: ints([1, 0, 2, 1]) }, inputs: [image] },
  'Crop to a size': {
    opset: 9,
    operator: 'Crop',
    attributes: { border: ints([1, 2, 0, 0]), scale: ints([2, 3]) },
    inputs: [image],
  },
  DynamicSlice: {
    opset: 9,
    operator: 'DynamicSlice',
    inputs: [
      image,
      { constant: Tensor.int64([2], [1, 0]) },
      { constant: Tensor.int64([2], [3, 2]) },
      { constant: Tensor.int64([2], [3, 1]) },
    ],
  },
  ImageScaler: {
    opset: 7,
    operator: 'ImageScaler',
    attributes: { scale: float(0.5), bias: floatList([1, -2, 3]) },
    inputs: [image],
  },
  Scale: { opset: 9, operator: 'Scale', attributes: { scale: float(3) }, inputs: [image] },
  ThresholdedRelu: {
    opset: 9,
    operator: 'ThresholdedRelu',
    attributes: { alpha: float(0.75) },
    inputs: [image],
  },
};

describe('operators of the first opsets that ended', () => {
  it.each(Object.entries(exact))('%s', async (_name, node) => {
    await expectUnchanged(node);
  });

  it.each(['ScaledTanh', 'ParametricSoftplus'])('%s', async (operator) => {
    const node: OneNode = {
      opset: 9,
      operator,
      attributes: { alpha: float(0.75), beta: float(1.5) },
      inputs: [image],
    };
    const [before] = await run(oneNode(node), feedsOf(node));
    await expectNumbers(node, Array.from(before!.toNumbers()));
  });

  it.each([0, 1])('MeanVarianceNormalization (across_channels %s)', async (across) => {
    const attributes = { across_channels: int(across), normalize_variance: int(1) };
    const node: OneNode = { opset: 8, operator: 'MeanVarianceNormalization', attributes, inputs: [image] };
    const [before] = await run(oneNode(node), feedsOf(node));
    await expectNumbers(node, Array.from(before!.toNumbers()));
    const open = oneNode({ ...node, attributes: { normalize_variance: int(0) } });
    expect(() => upgradeOpset(open, 13)).toThrow(/does not normalize the variance/);
  });
});
