import type { Tensor } from '../../tensor/tensor.js';
import { miss, type Miss } from '../fusion.js';
import { doesNotFit, roundedTensor } from './affine.js';
import type { Convolution } from './convolution.js';

interface Part {
  readonly convolution: Convolution;
  readonly anchors: number;
  /** Channels of an anchor. */
  readonly columns: number;
}

/**
 * Weights [anchors * (a + b), inputs, ...] and bias of one Conv that gives for each anchor the channels of the left and
 * then those of the right. Where the two read different inputs, it reads both behind each other, and each has zeros
 * for what it does not read.
 */
export function interleavedHeads(
  left: Part,
  right: Part,
  isSameInput: boolean,
): { weight: Tensor; bias: Tensor } | Miss {
  const parts = [left, right];
  const dims = left.convolution.weight.dims;
  const kernel = dims.slice(2).reduce((product, length) => product * length, 1);
  const widths = parts.map(({ convolution }) => convolution.weight.dims[1]!);
  const inputs = isSameInput ? widths[0]! : widths[0]! + widths[1]!;
  const columns = left.columns + right.columns;
  const channels = left.anchors * columns;
  const weight = new Float64Array(channels * inputs * kernel);
  const bias = new Float64Array(channels);
  parts.forEach(({ convolution, columns: own }, at) => {
    const values = convolution.weight.toNumbers();
    const shift = convolution.bias?.toNumbers();
    const [offset, length] = [isSameInput || at === 0 ? 0 : widths[0]! * kernel, widths[at]! * kernel];
    for (let channel = 0; channel < convolution.channels; channel++) {
      const place = Math.floor(channel / own) * columns + (at === 0 ? 0 : left.columns) + (channel % own);
      for (let i = 0; i < length; i++)
        weight[place * inputs * kernel + offset + i] = values[channel * length + i]!;
      bias[place] = shift?.[channel] ?? 0;
    }
  });
  const { dtype } = left.convolution.weight;
  const stored = roundedTensor(dtype, [channels, inputs, ...dims.slice(2)], weight);
  const shifted = roundedTensor(dtype, [channels], bias);
  return stored === undefined || shifted === undefined ? miss(doesNotFit) : { weight: stored, bias: shifted };
}
