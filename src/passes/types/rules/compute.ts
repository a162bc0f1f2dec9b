import type { Dim, ValueType } from '../../../ir/types.js';
import { constantOf } from '../../match.js';
import {
  axesFrom,
  axesOf,
  axisOf,
  isGiven,
  likeFirst,
  tensor,
  unknownDims,
  type Site,
  type TypeRule,
  type TypeRules,
} from '../site.js';
import { broadcast } from './elementwise.js';

/** As numpy.matmul: vectors are matrices for the time of the product, leading dims broadcast. */
export function matMulDims(
  left: readonly Dim[] | undefined,
  right: readonly Dim[] | undefined,
): readonly Dim[] | undefined {
  if (left === undefined || right === undefined || left.length === 0 || right.length === 0) return undefined;
  const leading = broadcast([left.slice(0, -2), right.slice(0, -2)]);
  const rows = left.length > 1 ? [left.at(-2)] : [];
  const columns = right.length > 1 ? [right.at(-1)] : [];
  return leading === undefined ? undefined : [...leading, ...rows, ...columns];
}

const matMul: TypeRule = (site) => [
  tensor(site.dtype(0) ?? site.dtype(1), matMulDims(site.dims(0), site.dims(1))),
];

const gemm: TypeRule = (site) => {
  const a = site.dims(0);
  const b = site.dims(1);
  const known = a?.length === 2 && b?.length === 2;
  const rows = known ? a[site.node.int('transA', 0) === 0 ? 0 : 1] : undefined;
  const columns = known ? b[site.node.int('transB', 0) === 0 ? 1 : 0] : undefined;
  return [tensor(site.dtype(0), [rows, columns])];
};

/** The places that a window takes along one spatial axis (ONNX operator specifications of Conv and the pools). */
function places(
  { symbolic, node }: Site,
  length: Dim,
  window: number,
  stride: number,
  pads: readonly [number, number],
): Dim {
  const auto = node.string('auto_pad', 'NOTSET');
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
    return stride === 1 ? length : typeof length === 'number' ? Math.ceil(length / stride) : undefined;
  }
  const padding = auto === 'VALID' ? 0 : pads[0] + pads[1];
  const room = symbolic.add(length, padding - window);
  if (typeof room === 'number' && room < 0) return undefined;
  if (node.int('ceil_mode', 0) !== 0) {
    // Where the last window would start in the padding it does not count.
    return typeof room === 'number' && room % stride === 0 ? room / stride + 1 : undefined;
  }
  return stride === 1 ? symbolic.add(room, 1) : symbolic.add(symbolic.divide(room, stride), 1);
}

function windowed(site: Site, input: readonly Dim[], kernel: readonly Dim[]): Dim[] {
  const rank = input.length - 2;
  const { node } = site;
  const strides = node.ints('strides') ?? new Array<number>(rank).fill(1);
  const dilations = node.ints('dilations') ?? new Array<number>(rank).fill(1);
  const pads = node.ints('pads') ?? new Array<number>(2 * rank).fill(0);
  return input.slice(2).map((length, axis) => {
    const size = kernel[axis];
    if (typeof size !== 'number') return undefined;
    const window = (size - 1) * dilations[axis]! + 1;
    return places(site, length, window, strides[axis]!, [pads[axis]!, pads[axis + rank]!]);
  });
}

const conv: TypeRule = (site) => {
  const input = site.dims(0);
  const weight = site.dims(1);
  if (input === undefined || input.length < 3) return [tensor(site.dtype(0), undefined)];
  const kernel = site.node.ints('kernel_shape') ?? weight?.slice(2) ?? [];
  return [tensor(site.dtype(0), [input[0], weight?.[0], ...windowed(site, input, kernel)])];
};

const convTranspose: TypeRule = (site) => {
  const input = site.dims(0);
  const weight = site.dims(1);
  const { node, symbolic } = site;
  if (input === undefined || input.length < 3) return [tensor(site.dtype(0), undefined)];
  const rank = input.length - 2;
  const channels = symbolic.multiply(weight?.[1], node.int('group', 1));
  const kernel = node.ints('kernel_shape') ?? weight?.slice(2) ?? [];
  const auto = node.string('auto_pad', 'NOTSET');
  const plain = auto === 'NOTSET' && node.ints('output_shape') === undefined;
  const ones = new Array<number>(rank).fill(1);
  const zeros = new Array<number>(2 * rank).fill(0);
  const [strides, dilations, pads, extra] = [
    node.ints('strides') ?? ones,
    node.ints('dilations') ?? ones,
    node.ints('pads') ?? zeros,
    node.ints('output_padding') ?? zeros,
  ];
  const spatial = input.slice(2).map((length, axis): Dim => {
    const size = kernel[axis];
    if (!plain || typeof size !== 'number') return undefined;
    const window = (size - 1) * dilations[axis]! + 1;
    const rest = extra[axis]! + window - strides[axis]! - pads[axis]! - pads[axis + rank]!;
    return symbolic.add(symbolic.multiply(length, strides[axis]), rest);
  });
  return [tensor(site.dtype(0), [input[0], channels, ...spatial])];
};

const pool: TypeRule = (site) => {
  const input = site.dims(0);
  const kernel = site.node.ints('kernel_shape') ?? [];
  const dims =
    input === undefined || input.length < 3
      ? undefined
      : [input[0], input[1], ...windowed(site, input, kernel)];
  const types = [tensor(site.dtype(0), dims)];
  return site.node.opType === 'MaxPool' ? [...types, tensor('int64', dims)] : types;
};

const globalPool: TypeRule = (site) => [
  tensor(
    site.dtype(0),
    site.dims(0)?.map((dim, axis) => (axis < 2 ? dim : 1)),
  ),
];

const reduce: TypeRule = (site) => {
  const input = site.dims(0);
  const keeps = site.node.int('keepdims', 1) !== 0;
  if (input === undefined) return [tensor(site.dtype(0), undefined)];
  const rank = input.length;
  const given = axesOf(site, 1);
  if (given === undefined && isGiven(site, 1))
    return [tensor(site.dtype(0), keeps ? unknownDims(rank) : undefined)];
  const nothing = given === undefined || given.length === 0;
  if (nothing && site.node.int('noop_with_empty_axes', 0) !== 0) return [tensor(site.dtype(0), input)];
  const axes = nothing ? input.map((_, axis) => axis) : axesFrom(given, rank);
  if (axes === undefined) return [tensor(site.dtype(0), undefined)];
  const dims = keeps
    ? input.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
    : input.filter((_, axis) => !axes.includes(axis));
  return [tensor(site.dtype(0), dims)];
};

const argument: TypeRule = (site) => {
  const input = site.dims(0);
  const at = input === undefined ? undefined : axisOf(site.node.int('axis', 0), input.length);
  if (input === undefined || at === undefined) return [tensor('int64', undefined)];
  return site.node.int('keepdims', 1) === 0
    ? [
        tensor(
          'int64',
          input.filter((_, axis) => axis !== at),
        ),
      ]
    : [
        tensor(
          'int64',
          input.map((dim, axis) => (axis === at ? 1 : dim)),
        ),
      ];
};

const topK: TypeRule = (site) => {
  const input = site.dims(0);
  const at = input === undefined ? undefined : axisOf(site.node.int('axis', -1), input.length);
  const count = site.opset < 10 ? site.node.int('k', -1) : site.integers(1)?.elements[0];
  const dims =
    input === undefined || at === undefined
      ? undefined
      : input.map((dim, axis) => (axis === at ? (count === -1 ? undefined : count) : dim));
  return [tensor(site.dtype(0), dims), tensor('int64', dims)];
};

/** LSTM, GRU and RNN: [steps, directions, batch, hidden], and the last state of each. */
const recurrent: TypeRule = (site) => {
  const input = site.dims(0);
  const { node } = site;
  const hidden = node.attributes.has('hidden_size') ? node.int('hidden_size') : site.dims(2)?.[2];
  const directions = node.string('direction', 'forward') === 'bidirectional' ? 2 : 1;
  // The rank is 3 by definition, whether or not it can be told.
  const known = input?.length === 3 ? input : unknownDims(3);
  const dtype = site.dtype(0);
  const batchFirst = node.int('layout', 0) !== 0;
  const [steps, batch] = batchFirst ? [known[1], known[0]] : [known[0], known[1]];
  const all = batchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden];
  const last = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  return [tensor(dtype, all), tensor(dtype, last), tensor(dtype, last)];
};

/** Explicit equations of letters alone; a letter's length comes from the first operand that has it. */
const einsum: TypeRule = (site) => {
  const [operands, result] = site.node.string('equation').replaceAll(' ', '').split('->');
  if (operands === undefined || result === undefined || !/^[A-Za-z,]+$/.test(operands)) return [];
  const lengths = new Map<string, Dim>();
  for (const [index, letters] of operands.split(',').entries()) {
    const dims = site.dims(index);
    if (dims?.length !== letters.length) return [];
    Array.from(letters).forEach((letter, axis) => {
      const known = lengths.get(letter);
      lengths.set(letter, known === undefined || known === 1 ? dims[axis] : known);
    });
  }
  return [
    tensor(
      site.dtype(0),
      Array.from(result, (letter) => lengths.get(letter)),
    ),
  ];
};

const layerNormalization: TypeRule = (site) => {
  const input = site.dims(0);
  const at = input === undefined ? undefined : axisOf(site.node.int('axis', -1), input.length);
  const kept = at === undefined ? undefined : input!.map((dim, axis) => (axis >= at ? 1 : dim));
  const [first] = likeFirst(site);
  const statistics: (ValueType | undefined)[] = ['float32' as const, 'float32' as const].map((dtype) =>
    tensor(dtype, kept),
  );
  return [first, ...statistics];
};

const lengthOfConstant: TypeRule = (site) => {
  // The window functions: a vector of so many elements.
  const size = constantOf(site.node.inputs[0])?.toNumbers()[0];
  const known = site.node.int('output_datatype', 1) === 1;
  return [known ? tensor('float32', [size]) : undefined];
};

function all(names: string, rule: TypeRule): TypeRules {
  return Object.fromEntries(names.split(' ').map((name) => [name, rule]));
}

export const computeRules: TypeRules = {
  MatMul: matMul,
  Gemm: gemm,
  Conv: conv,
  ConvTranspose: convTranspose,
  ...all('MaxPool AveragePool LpPool', pool),
  ...all('GlobalAveragePool GlobalMaxPool GlobalLpPool', globalPool),
  ...all(
    'ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare',
    reduce,
  ),
  ...all('ArgMax ArgMin', argument),
  TopK: topK,
  ...all('LSTM GRU RNN', recurrent),
  Einsum: einsum,
  LayerNormalization: layerNormalization,
  ...all('HannWindow HammingWindow BlackmanWindow', lengthOfConstant),
};
