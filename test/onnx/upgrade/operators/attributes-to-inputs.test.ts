import { describe, it } from 'vitest';
import { attribute } from '../../../../src/ir/attribute.js';
import { Tensor } from '../../../../src/tensor/tensor.js';
import { expectUnchanged, floats, type OneNode } from '../models.js';

const { ints, int, float, floats: floatList, string } = attribute;
const x = floats(2, 3, 4);
const indices = Tensor.int64([1, 2, 4], [1, 0, 2, 1, 0, 0, 2, 2]);

const cases: Record<string, OneNode> = {
  'ReduceSum with axes': {
    opset: 11,
    operator: 'ReduceSum',
    attributes: { axes: ints([0, -1]), keepdims: int(0) },
    inputs: [x],
  },
  'ReduceSum over all': { opset: 11, operator: 'ReduceSum', inputs: [x] },
  'ReduceMean with axes': { opset: 11, operator: 'ReduceMean', attributes: { axes: ints([1]) }, inputs: [x] },
  'ReduceL2 with axes': {
    opset: 13,
    operator: 'ReduceL2',
    attributes: { axes: ints([2]), keepdims: int(0) },
    inputs: [x],
  },
  'ReduceMax over all': { opset: 11, operator: 'ReduceMax', attributes: { keepdims: int(0) }, inputs: [x] },
  Squeeze: { opset: 11, operator: 'Squeeze', attributes: { axes: ints([-1]) }, inputs: [floats(1, 3, 1)] },
  'Squeeze of all': { opset: 11, operator: 'Squeeze', inputs: [floats(1, 3, 1)] },
  Unsqueeze: { opset: 11, operator: 'Unsqueeze', attributes: { axes: ints([0, 2]) }, inputs: [x] },
  Slice: {
    opset: 9,
    operator: 'Slice',
    attributes: { starts: ints([1, -3]), ends: ints([3, 2n ** 63n - 1n]), axes: ints([1, 2]) },
    inputs: [x],
  },
  'Slice without axes': {
    opset: 9,
    operator: 'Slice',
    attributes: { starts: ints([1]), ends: ints([2]) },
    inputs: [x],
  },
  TopK: { opset: 9, operator: 'TopK', attributes: { k: int(2), axis: int(1) }, inputs: [x], outputs: 2 },
  'Pad with a value': {
    opset: 10,
    operator: 'Pad',
    attributes: { pads: ints([0, 1, 0, 0, 0, 2]), value: float(2.5) },
    inputs: [x],
  },
  'Pad by reflection': {
    opset: 10,
    operator: 'Pad',
    attributes: { pads: ints([0, 1, 2, 0, 0, 1]), value: float(2.5), mode: string('reflect') },
    inputs: [x],
  },
  'Pad that crops': {
    opset: 10,
    operator: 'Pad',
    attributes: { pads: ints([0, -1, 0, 0, 0, -2]) },
    inputs: [x],
  },
  'Split by lengths': {
    opset: 11,
    operator: 'Split',
    attributes: { split: ints([1, 3]), axis: int(-1) },
    inputs: [x],
    outputs: 2,
  },
  'Split into equal parts': {
    opset: 11,
    operator: 'Split',
    attributes: { axis: int(2) },
    inputs: [x],
    outputs: 2,
  },
  'Dropout with a ratio': { opset: 10, operator: 'Dropout', attributes: { ratio: float(0.3) }, inputs: [x] },
  'Upsample with an attribute': {
    opset: 7,
    operator: 'Upsample',
    attributes: { scales: floatList([1, 1, 2, 3]) },
    inputs: [floats(1, 2, 2, 3)],
  },
  Scatter: {
    opset: 9,
    operator: 'Scatter',
    attributes: { axis: int(1) },
    inputs: [x, indices, floats(1, 2, 4)],
  },
  GridSample: {
    opset: 16,
    operator: 'GridSample',
    attributes: { mode: string('bicubic'), align_corners: int(1) },
    inputs: [floats(1, 1, 4, 4), Tensor.float32([1, 2, 2, 2], [-0.5, 0.2, 0.9, -1, 0, 0, 0.3, 0.7])],
  },
  'GridSample by default': {
    opset: 16,
    operator: 'GridSample',
    inputs: [floats(1, 1, 4, 4), Tensor.float32([1, 1, 2, 2], [-0.5, 0.2, 0.9, -1])],
  },
  'DFT over the default axis': { opset: 17, operator: 'DFT', inputs: [floats(1, 8, 4, 1)] },
  'DFT over an axis': {
    opset: 17,
    operator: 'DFT',
    attributes: { axis: int(2), onesided: int(1) },
    inputs: [floats(1, 3, 8, 1)],
  },
  RoiAlign: {
    opset: 10,
    operator: 'RoiAlign',
    runsUpTo: 21,
    attributes: { output_height: int(2), output_width: int(2), sampling_ratio: int(2) },
    inputs: [floats(1, 1, 6, 6), Tensor.float32([1, 4], [0.5, 1, 4.25, 5]), Tensor.int64([1], [0])],
  },
};

describe('operators that got a new form', () => {
  it.each(Object.entries(cases))('%s gives the same at every target', async (_name, node) => {
    await expectUnchanged(node);
  });
});
