import type { Value } from '../../../ir/value.js';
import type { Emitter } from '../../graph/emitter.js';
import type { WindowGeometry } from './geometry.js';

/** A convolution whose gradients are wanted: an image, the result's gradient, weights [outputs, inputs of a group, kernel...]. */
export interface ConvolutionSite {
  readonly emitter: Emitter;
  readonly geometry: WindowGeometry;
  readonly groups: number;
  /** Dims of image [N, C, ...], weights and result [N, O, ...]. */
  readonly image: readonly number[];
  readonly weight: readonly number[];
  readonly result: readonly number[];
}

/** One of several equal ways to compute the gradient of a Conv's weights. */
export interface WeightForm {
  readonly name: string;
  fits(site: ConvolutionSite): boolean;
  /** The gradient in the dims of the weights. */
  build(site: ConvolutionSite, image: Value, gradient: Value): Value;
}

/** One of several equal ways to compute the gradient of a Conv's image. */
export interface ImageForm {
  readonly name: string;
  fits(site: ConvolutionSite): boolean;
  /** The gradient in the dims of the image. */
  build(site: ConvolutionSite, weight: Value, gradient: Value): Value;
}

/** Another way than Conv itself to compute a convolution whose weights change from run to run. */
export interface ForwardForm {
  readonly name: string;
  fits(site: ConvolutionSite): boolean;
  /** The result in the dims of that of the Conv. */
  build(site: ConvolutionSite, image: Value, weight: Value, bias: Value | undefined): Value;
}

/** The way that was chosen for each convolution. */
export interface ConvolutionForms {
  /** Undefined leaves a Conv as it is. */
  forward(site: ConvolutionSite): ForwardForm | undefined;
  weight(site: ConvolutionSite): WeightForm;
  image(site: ConvolutionSite): ImageForm;
}

/** What makes two convolutions take the same time. */
export function shapeKey({ geometry, groups, image, weight, result }: ConvolutionSite): string {
  return JSON.stringify([geometry, groups, image, weight, result]);
}
