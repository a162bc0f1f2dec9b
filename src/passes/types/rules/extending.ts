import type { Dim } from '../../../ir/types.js';
import {
  axesFrom,
  isGiven,
  lengthOnly,
  moving,
  numbers,
  unknownDims,
  type Site,
  type TypeRules,
} from '../site.js';
import { broadcast } from './elementwise.js';

function expanded(site: Site, input: readonly Dim[]): readonly Dim[] | undefined {
  return broadcast([input, site.integers(1)?.elements ?? lengthOnly(site, 1)]);
}

function tiled(site: Site, input: readonly Dim[]): readonly Dim[] | undefined {
  if (site.opset < 6) return undefined;
  const repeats = site.integers(1)?.elements;
  if (repeats === undefined) return unknownDims(input.length);
  return input.map((dim, axis) => site.symbolic.multiply(dim, repeats[axis]));
}

function padded(site: Site, input: readonly Dim[]): readonly Dim[] | undefined {
  const byInput = site.opset >= 11;
  const pads = byInput ? site.integers(1)?.elements : (site.node.ints('pads') ?? site.node.ints('paddings'));
  if (pads === undefined) return unknownDims(input.length);
  const given = byInput && isGiven(site, 3) ? numbers(site, 3) : input.map((_, axis) => axis);
  const axes = given === undefined ? undefined : axesFrom(given, input.length);
  if (axes === undefined) return unknownDims(input.length);
  const dims = [...input];
  axes.forEach((axis, index) => {
    const both = site.symbolic.add(pads[index], pads[index + axes.length]);
    dims[axis] = site.symbolic.add(input[axis], both);
  });
  return dims;
}

function resized(site: Site, input: readonly Dim[]): readonly Dim[] | undefined {
  const upsample = site.node.opType === 'Upsample';
  const sizesAt = upsample || site.opset < 11 ? undefined : 3;
  const axes = site.node.ints('axes');
  const policy = site.node.string('keep_aspect_ratio_policy', 'stretch');
  if (sizesAt !== undefined && isGiven(site, sizesAt)) {
    const sizes = site.integers(sizesAt)?.elements;
    const known = axes === undefined && policy === 'stretch' && sizes?.length === input.length;
    return known ? sizes : unknownDims(input.length);
  }
  const scalesInput = upsample || site.opset < 11 ? 1 : 2;
  const constant = site.node.inputs[scalesInput]?.constant;
  const scales =
    constant?.dtype === 'float32' && !site.node.inputs[scalesInput]!.isGraphInput
      ? Array.from(constant.toFloat32())
      : site.node.floats('scales');
  if (axes !== undefined || scales?.length !== input.length) return unknownDims(input.length);
  const crops = site.node.string('coordinate_transformation_mode', '') === 'tf_crop_and_resize';
  if (crops) return unknownDims(input.length);
  return input.map((dim, axis) =>
    scales[axis] === 1
      ? dim
      : typeof dim === 'number'
        ? Math.floor(Math.fround(dim * scales[axis]!))
        : undefined,
  );
}

/** Operators that make a tensor larger (or smaller, for Resize and negative pads) along its axes. */
export const extendingRules: TypeRules = {
  Expand: moving(expanded),
  Tile: moving(tiled),
  Pad: moving(padded),
  Resize: moving(resized),
  Upsample: moving(resized),
};
