import { attribute } from '../../../ir/attribute.js';
import type { Value } from '../../../ir/value.js';
import { Tensor } from '../../../tensor/tensor.js';
import type { Conversion } from '../conversion.js';
import { toTheEnd, type Site } from '../site.js';

/**
 * Operators of the first operator sets that the standard dropped. The runtime has them up to opset 9
 * (https://github.com/microsoft/onnxruntime/blob/main/onnxruntime/core/graph/contrib_ops/contrib_defs.cc);
 * from there on they are said with what the standard kept.
 */
const ended = 'the experimental operator ended; the same is said with others';

/** Numbers in the element type of `value`. */
function numbersLike(
  site: Site,
  value: Value,
  name: string,
  dims: readonly number[],
  numbers: readonly number[],
): Value {
  const dtype =
    site.elementType(value) ??
    site.refuse(`the element type of ${value.name} is unknown`, 'infer the types of the model first');
  return site.constant(name, Tensor.fromNumbers(dtype, dims, numbers));
}

/** The node becomes the last of several operators: it keeps its name and output. */
function become(site: Site, opType: string, inputs: readonly (Value | undefined)[]): void {
  site.node.opType = opType;
  site.node.setInputs(inputs);
}

function scaled(site: Site, value: Value, name: string, factor: number): Value {
  return site.before('Mul', [value, numbersLike(site, value, name, [], [factor])]);
}

export const endOfAffine: Conversion = {
  operators: ['Affine'],
  to: 10,
  change: ended,
  convert(site) {
    const x = site.input(0);
    const [alpha, beta] = [site.takeFloat('alpha') ?? 1, site.takeFloat('beta') ?? 0];
    become(site, 'Add', [scaled(site, x, 'alpha', alpha), numbersLike(site, x, 'beta', [], [beta])]);
  },
};

export const endOfImageScaler: Conversion = {
  operators: ['ImageScaler'],
  to: 10,
  change: ended,
  convert(site) {
    const x = site.input(0);
    const product = scaled(site, x, 'scale', site.takeFloat('scale') ?? 1);
    const bias = site.takeFloats('bias') ?? site.refuse('it lacks its attribute bias');
    become(site, 'Add', [product, numbersLike(site, x, 'bias', [1, bias.length, 1, 1], bias)]);
  },
};

export const endOfScale: Conversion = {
  operators: ['Scale'],
  to: 10,
  change: ended,
  convert(site) {
    const x = site.input(0);
    become(site, 'Mul', [x, numbersLike(site, x, 'scale', [], [site.takeFloat('scale') ?? 1])]);
  },
};

export const endOfScaledCurves: Conversion = {
  operators: ['ParametricSoftplus', 'ScaledTanh'],
  to: 10,
  change: ended,
  convert(site) {
    const x = site.input(0);
    const alpha = site.takeFloat('alpha') ?? site.refuse('it lacks its attribute alpha');
    const beta = site.takeFloat('beta') ?? site.refuse('it lacks its attribute beta');
    const curve = site.node.opType === 'ScaledTanh' ? 'Tanh' : 'Softplus';
    const y = site.before(curve, [scaled(site, x, 'beta', beta)]);
    become(site, 'Mul', [y, numbersLike(site, x, 'alpha', [], [alpha])]);
  },
};

export const endOfCrop: Conversion = {
  operators: ['Crop'],
  to: 10,
  change: ended,
  convert(site) {
    const [left = 0, top = 0, right = 0, bottom = 0] =
      site.takeInts('border') ?? site.refuse('it lacks its attribute border');
    const size = site.takeInts('scale');
    const until = (border: number): number | bigint => (border === 0 ? toTheEnd : -border);
    const ends = size?.length === 2 ? [top + size[0]!, left + size[1]!] : [until(bottom), until(right)];
    become(site, 'Slice', [
      site.input(0),
      site.integers('starts', [top, left]),
      site.integers('ends', ends),
      site.integers('axes', [2, 3]),
    ]);
  },
};

export const endOfDynamicSlice: Conversion = {
  operators: ['DynamicSlice'],
  to: 10,
  change: 'the experimental operator became Slice',
  convert(site) {
    site.node.opType = 'Slice';
  },
};

export const meanVarianceAxes: Conversion = {
  operators: ['MeanVarianceNormalization'],
  to: 9,
  change: 'the experimental attributes across_channels and normalize_variance became axes',
  convert(site) {
    const across = (site.takeInt('across_channels') ?? 0) !== 0;
    if ((site.takeInt('normalize_variance') ?? 1) === 0) site.refuse('it does not normalize the variance');
    site.set('axes', attribute.ints(across ? [0, 1, 2, 3] : [0, 2, 3]));
  },
};
