import { attribute } from '../../../ir/attribute.js';
import type { Node } from '../../../ir/node.js';
import type { Value } from '../../../ir/value.js';
import { Tensor } from '../../../tensor/tensor.js';
import type { Conversion } from '../conversion.js';
import type { Site } from '../site.js';

/** Nodes that were Upsample, which takes no scale below 1. */
export const onlyEnlarges = new WeakSet<Node>();

/** Old coordinates are plain quotients: index in the output divided by the scale. */
const plain = { coordinate_transformation_mode: attribute.string('asymmetric') };

/**
 * Before, the nearest element was the one at or before the quotient where a dimension grows, and at or
 * behind it where it shrinks (so the standard's own example and the runtime). Now the rounding is one
 * attribute for all dimensions: a node that does both becomes two, one after the other.
 */
function sayCoordinates(site: Site): void {
  const [x, scales] = [site.input(0), site.input(1)];
  const noRegion = site.constant('roi', Tensor.float32([0], []));
  site.node.setInput(1, noRegion);
  site.set('coordinate_transformation_mode', plain.coordinate_transformation_mode);
  const finish = (last: Value, rounding: string): void => {
    site.node.setInput(2, last);
    site.set('nearest_mode', attribute.string(rounding));
  };
  if (site.node.string('mode', 'nearest') !== 'nearest') {
    site.node.setInput(2, scales);
    return;
  }
  const constant = site.constantOf(scales)?.toFloat32();
  const shrinks = constant?.some((scale) => scale < 1) ?? !onlyEnlarges.has(site.node);
  const grows = constant?.some((scale) => scale > 1) ?? true;
  if (!shrinks) finish(scales, 'floor');
  else if (!grows) finish(scales, 'ceil');
  else {
    const smaller = site.before('Resize', [x, noRegion, limited(site, scales, constant, 'Min')], {
      ...plain,
      mode: attribute.string('nearest'),
      nearest_mode: attribute.string('ceil'),
    });
    site.node.setInput(0, smaller);
    finish(limited(site, scales, constant, 'Max'), 'floor');
  }
}

/** The scales, those on one side of 1 set to 1. */
function limited(site: Site, scales: Value, constant: Float32Array | undefined, side: 'Min' | 'Max'): Value {
  if (constant === undefined)
    return site.before(side, [scales, site.constant('one', Tensor.float32([], [1]))]);
  const kept = constant.map((scale) => (side === 'Min' ? Math.min(scale, 1) : Math.max(scale, 1)));
  return site.constant('scales', Tensor.float32([kept.length], kept));
}

export const resizeCoordinates: Conversion = {
  operators: ['Resize'],
  to: 11,
  change: 'coordinates and rounding became attributes with other defaults',
  convert: sayCoordinates,
};

export const resizeWithoutRoi: Conversion = {
  operators: ['Resize'],
  to: 13,
  change: 'the coordinate mode tf_half_pixel_for_nn went away, and roi became optional',
  convert(site) {
    const mode = site.node.string('coordinate_transformation_mode', 'half_pixel');
    if (mode === 'tf_half_pixel_for_nn') {
      // floor((i + 0.5) / scale) is (i + 0.5) / scale - 0.5, rounded to the nearest, halves up.
      if (
        site.node.string('mode', 'nearest') !== 'nearest' ||
        site.node.string('nearest_mode', '') !== 'floor'
      ) {
        site.refuse('its coordinate mode tf_half_pixel_for_nn went away');
      }
      site.set('coordinate_transformation_mode', attribute.string('half_pixel'));
      site.set('nearest_mode', attribute.string('round_prefer_ceil'));
    }
    const region = site.node.inputs[1];
    if (mode !== 'tf_crop_and_resize' && region?.constant?.size === 0) site.replaceInput(1, undefined);
  },
};
