import { dtypeFromCode, type DType } from '../../../tensor/dtype.js';
import { lengthOnly, tensor, type TypeRule, type TypeRules } from '../site.js';

const constantOfShape: TypeRule = (site) => {
  const dtype: DType = site.node.tensor('value')?.dtype ?? 'float32';
  const known = site.integers(0)?.elements;
  return [tensor(dtype, known ?? lengthOnly(site, 0))];
};

const constant: TypeRule = ({ node }) => {
  for (const [name, found] of node.attributes) {
    if (found.kind === 'tensor') return [tensor(found.value.dtype, found.value.dims)];
    if (name === 'value_float') return [tensor('float32', [])];
    if (name === 'value_int') return [tensor('int64', [])];
    if (name === 'value_string') return [tensor('string', [])];
    if (found.kind === 'floats') return [tensor('float32', [found.value.length])];
    if (found.kind === 'ints') return [tensor('int64', [found.value.length])];
    if (found.kind === 'strings') return [tensor('string', [found.value.length])];
  }
  return [undefined];
};

const shape: TypeRule = (site) => {
  const rank = site.dims(0)?.length;
  if (rank === undefined) return [tensor('int64', [undefined])];
  const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + rank : at, 0), rank);
  const length = clamp(site.node.int('end', rank)) - clamp(site.node.int('start', 0));
  return [tensor('int64', [Math.max(0, length)])];
};

const range: TypeRule = (site) => {
  const [start, limit, delta] = [0, 1, 2].map((index) => site.integers(index)?.elements[0]);
  if (delta !== 1) return [tensor(site.dtype(0), [undefined])];
  const length = site.symbolic.subtract(limit, start);
  const known = typeof length === 'number' ? Math.max(0, length) : start === 0 ? length : undefined;
  return [tensor(site.dtype(0), [known])];
};

const oneHot: TypeRule = (site) => {
  const indices = site.dims(0);
  if (indices === undefined) return [tensor(site.dtype(2), undefined)];
  const axis = site.node.int('axis', -1);
  const at = axis < 0 ? axis + indices.length + 1 : axis;
  const depth = site.integers(1)?.elements[0];
  return [tensor(site.dtype(2), [...indices.slice(0, at), depth, ...indices.slice(at)])];
};

const nonZero: TypeRule = (site) => [tensor('int64', [site.dims(0)?.length, undefined])];

const eyeLike: TypeRule = (site) => {
  const code = site.node.int('dtype', 0);
  return [tensor(code === 0 ? site.dtype(0) : dtypeFromCode(code), site.dims(0))];
};

/** Operators whose output is made of dims, numbers and attributes. */
export const makingRules: TypeRules = {
  ConstantOfShape: constantOfShape,
  Constant: constant,
  Shape: shape,
  Size: () => [tensor('int64', [])],
  Range: range,
  OneHot: oneHot,
  NonZero: nonZero,
  EyeLike: eyeLike,
};
