import type { Value } from '../../../ir/value.js';
import type { Emitter } from '../../graph/emitter.js';
import type { ConvolutionSite, ForwardForm, ImageForm } from './forms.js';
import { convSettings, type WindowGeometry } from './geometry.js';
import { backwards, flippedConvolution, turned } from './image-forms.js';

/**
 * The runtime's operators on images whose channels lie in blocks, [N, C / block, H, W, block] in memory under the
 * dims [N, C, H, W]. It uses them by itself for constant weights; its fastest kernels are there.
 */
export const blockedDomain = 'com.microsoft.nchwc';

/** Channels that the runtime puts into blocks must be a multiple of this. */
const channelStep = 4;

/** Images that a Pad gave channels of zeros for that; no weight but zero reads these channels. */
export const widened = new WeakSet<Value>();

/** The forms that compute on blocks of so many channels. */
export function blockedForms(block: number): { forward: ForwardForm; image: ImageForm } {
  return {
    forward: {
      name: 'blocked-convolution',
      fits,
      build({ emitter, geometry, result }, image, weight, bias) {
        return blockedConvolution(emitter, block, geometry, { image, weight, bias, result });
      },
    },
    image: {
      name: 'blocked-convolution',
      fits: (site) => fits(site) && flippedConvolution.fits(site),
      build(site, weight, gradient) {
        const { emitter, geometry, image: result } = site;
        const parts = { image: gradient, weight: turned(site, weight), bias: undefined, result };
        return blockedConvolution(emitter, block, backwards(geometry), parts);
      },
    },
  };
}

function fits({ groups, image }: ConvolutionSite): boolean {
  return groups === 1 && image.length === 4;
}

function blockedConvolution(
  emitter: Emitter,
  block: number,
  geometry: WindowGeometry,
  parts: { image: Value; weight: Value; bias: Value | undefined; result: readonly number[] },
): Value {
  const { image, weight, bias, result } = parts;
  const domain = { domain: blockedDomain };
  const whole = (channels: number): number => Math.ceil(channels / block) * block;
  const [outputs, inputs] = emitter.dims(weight) as [number, number];
  const [allOutputs, allInputs] = [whole(outputs), whole(inputs)];
  const zeros = [allOutputs - outputs, allInputs - inputs];
  const padded = emitter.pad(weight, [0, 0, 0, 0], [...zeros, 0, 0]);
  const { kernel } = geometry;
  const split = emitter.reshape(padded, [allOutputs / block, block, allInputs / block, block, ...kernel]);
  const laid = emitter.reshape(emitter.transpose(split, [0, 2, 4, 5, 3, 1]), [
    allOutputs,
    allInputs,
    ...kernel,
  ]);
  const spare = Math.ceil(inputs / channelStep) * channelStep - inputs;
  const filled = emitter.pad(image, [0, 0, 0, 0], [0, spare, 0, 0]);
  if (filled !== image) widened.add(filled);
  const given = emitter.emit('ReorderInput', [filled], emitter.dims(image).with(1, allInputs), {}, domain);
  const offsets = bias === undefined ? [] : [emitter.pad(bias, [0], [zeros[0]!])];
  const found = emitter.emit(
    'Conv',
    [given, laid, ...offsets],
    result.with(1, allOutputs),
    convSettings(geometry, 1),
    domain,
  );
  return emitter.emit('ReorderOutput', [found], result, { channels: outputs }, domain);
}
