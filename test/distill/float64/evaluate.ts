import type { Model } from '../../../src/ir/model.js';
import type { Node } from '../../../src/ir/node.js';
import type { Value } from '../../../src/ir/value.js';
import { broadcast, fill, indexOf, spread, type Array64 } from './array.js';
import { concat, gather, matmul, pad, reduce, slice, transpose } from './places.js';
import { conv, convTranspose, pool } from './windows.js';

type Inputs = (Array64 | undefined)[];

/** The outputs of a model in float64, computed from the definitions of its operators. */
export function evaluate(model: Model, feeds: ReadonlyMap<string, Array64>): Array64[] {
  const values = new Map<Value, Array64>();
  for (const value of model.graph.values()) {
    const { constant } = value;
    if (constant !== undefined)
      values.set(value, { dims: constant.dims, data: Float64Array.from(constant.toNumbers()) });
    const fed = feeds.get(value.name);
    if (fed !== undefined) values.set(value, fed);
  }
  for (const node of model.graph.nodes()) {
    const inputs = node.inputs.map((input) => (input === undefined ? undefined : values.get(input)!));
    const results = run(node, inputs);
    node.outputs.forEach((output, i) => output !== undefined && values.set(output, results[i]!));
  }
  return model.graph.outputs.map((output) => values.get(output)!);
}

const elementwise: Record<string, (x: number, node: Node) => number> = {
  Relu: (x) => Math.max(0, x),
  LeakyRelu: (x, node) => (x < 0 ? x * node.float('alpha', 0.01) : x),
  Elu: (x, node) => (x < 0 ? node.float('alpha', 1) * (Math.exp(x) - 1) : x),
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  HardSigmoid: (x, node) => Math.min(1, Math.max(0, node.float('alpha', 0.2) * x + node.float('beta', 0.5))),
  HardSwish: (x) => x * Math.min(1, Math.max(0, x / 6 + 0.5)),
  Tanh: Math.tanh,
  Softplus: (x) => Math.log1p(Math.exp(x)),
  Gelu: (x, node) =>
    node.string('approximate', 'none') === 'tanh'
      ? 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
      : 0.5 * x * (1 + erf(x / Math.SQRT2)),
  Erf: erf,
  Exp: Math.exp,
  Log: Math.log,
  Sqrt: Math.sqrt,
  Reciprocal: (x) => 1 / x,
  Abs: Math.abs,
  Neg: (x) => -x,
  Sin: Math.sin,
  Cos: Math.cos,
  Identity: (x) => x,
  Cast: (x) => x,
  Dropout: (x) => x,
};

const broadcasting: Record<string, (values: number[]) => number> = {
  Add: ([a, b]) => a! + b!,
  Sub: ([a, b]) => a! - b!,
  Mul: ([a, b]) => a! * b!,
  Div: ([a, b]) => a! / b!,
  Pow: ([a, b]) => a! ** b!,
  Sum: (values) => values.reduce((a, b) => a + b, 0),
  Min: (values) => Math.min(...values),
  Max: (values) => Math.max(...values),
  Where: ([condition, a, b]) => (condition === 0 ? b! : a!),
  PRelu: ([x, slope]) => (x! < 0 ? x! * slope! : x!),
};

const sumOf = (list: number[]) => list.reduce((a, b) => a + b, 0);

const reductions: Record<string, (list: number[]) => number> = {
  ReduceSum: sumOf,
  ReduceMean: (list) => sumOf(list) / list.length,
  ReduceMax: (list) => Math.max(...list),
  ReduceMin: (list) => Math.min(...list),
  ReduceSumSquare: (list) => sumOf(list.map((x) => x * x)),
  ReduceL2: (list) => Math.sqrt(sumOf(list.map((x) => x * x))),
  ReduceLogSumExp: (list) => Math.log(sumOf(list.map(Math.exp))),
};

function run(node: Node, inputs: Inputs): Array64[] {
  const [x] = inputs as [Array64];
  const op = node.opType;
  const own = elementwise[op];
  if (own !== undefined) return [{ dims: x.dims, data: x.data.map((value) => own(value, node)) }];
  const spreading = broadcasting[op];
  if (spreading !== undefined) {
    const all = inputs as Array64[];
    return [fill(broadcast(all), (place) => spreading(all.map((array) => spread(array, place))))];
  }
  const reducing = reductions[op];
  if (reducing !== undefined) {
    const axes = inputs[1] === undefined ? node.ints('axes') : Array.from(inputs[1].data);
    return [reduce(x, axes ?? x.dims.map((_, a) => a), node.int('keepdims', 1) === 1, reducing)];
  }
  return others[op]!(node, inputs as Array64[]);
}

const others: Record<string, (node: Node, inputs: Array64[]) => Array64[]> = {
  Conv: (node, inputs) => [conv(node, inputs)],
  ConvTranspose: (node, inputs) => [convTranspose(node, inputs)],
  MaxPool: (node, [x]) => [pool(node, x!)],
  AveragePool: (node, [x]) => [pool(node, x!)],
  GlobalAveragePool: (_, [x]) => [reduce(x!, spatial(x!), true, reductions.ReduceMean!)],
  GlobalMaxPool: (_, [x]) => [reduce(x!, spatial(x!), true, reductions.ReduceMax!)],
  MatMul: (_, [a, b]) => [matmul(a!, b!)],
  Gemm: (node, [a, b, c]) => {
    const turned = (m: Array64, turn: number) =>
      turn === 0 ? m : fill([m.dims[1]!, m.dims[0]!], ([i, j]) => m.data[indexOf([j!, i!], m.dims)]!);
    const product = matmul(turned(a!, node.int('transA', 0)), turned(b!, node.int('transB', 0)));
    const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)];
    return [
      fill(product.dims, (place) => {
        return (
          alpha * product.data[indexOf(place, product.dims)]! +
          (c === undefined ? 0 : beta * spread(c, place))
        );
      }),
    ];
  },
  Clip: (_, [x, low, high]) => [
    {
      dims: x!.dims,
      data: x!.data.map((v) => Math.min(high?.data[0] ?? Infinity, Math.max(low?.data[0] ?? -Infinity, v))),
    },
  ],
  Softmax: (node, [x]) => [softmax(node, x!, (value, sum) => Math.exp(value) / sum)],
  LogSoftmax: (node, [x]) => [softmax(node, x!, (value, sum) => value - Math.log(sum))],
  BatchNormalization: (node, [x, scale, bias, mean, variance]) => [
    fill(x!.dims, (place) => {
      const c = place[1]!;
      const deviation = Math.sqrt(variance!.data[c]! + node.float('epsilon', 1e-5));
      return (
        ((x!.data[indexOf(place, x!.dims)]! - mean!.data[c]!) / deviation) * scale!.data[c]! + bias!.data[c]!
      );
    }),
  ],
  LayerNormalization: (node, [x, scale, bias]) => {
    const first = (node.int('axis', -1) + x!.dims.length) % x!.dims.length;
    const normal = normalized(x!, x!.dims.map((_, a) => a).slice(first), node);
    return [
      fill(x!.dims, (place) => {
        const value = normal.data[indexOf(place, x!.dims)]! * spread(scale!, place);
        return value + (bias === undefined ? 0 : spread(bias, place));
      }),
    ];
  },
  InstanceNormalization: (node, [x, scale, bias]) => {
    const normal = normalized(x!, spatial(x!), node);
    return [
      fill(x!.dims, (place) => {
        const c = place[1]!;
        return normal.data[indexOf(place, x!.dims)]! * scale!.data[c]! + bias!.data[c]!;
      }),
    ];
  },
  Reshape: (node, [x]) => [{ dims: dimsOf(node), data: x!.data }],
  Flatten: (node, [x]) => [{ dims: dimsOf(node), data: x!.data }],
  Squeeze: (node, [x]) => [{ dims: dimsOf(node), data: x!.data }],
  Unsqueeze: (node, [x]) => [{ dims: dimsOf(node), data: x!.data }],
  Transpose: (node, [x]) => [transpose(node, x!)],
  Concat: (node, inputs) => [concat(node, inputs)],
  Slice: (_, [x, starts, ends, axes, steps]) => {
    const list = (array: Array64) => Array.from(array.data);
    const by = steps === undefined ? list(starts!).map(() => 1) : list(steps);
    return [
      slice(
        x!,
        list(starts!),
        list(ends!),
        axes === undefined ? list(starts!).map((_, a) => a) : list(axes),
        by,
      ),
    ];
  },
  Split: (node, [x, sizes]) => {
    const axis = (node.int('axis', 0) + x!.dims.length) % x!.dims.length;
    let start = 0;
    return Array.from(sizes!.data, (size) => {
      const part = slice(x!, [start], [start + size], [axis], [1]);
      start += size;
      return part;
    });
  },
  Gather: (node, [x, indices]) => [gather(node, x!, indices!)],
  Pad: (_, [x, pads, value]) => [pad(x!, Array.from(pads!.data), value?.data[0] ?? 0)],
  Expand: (node, [x]) => [fill(dimsOf(node), (place) => spread(x!, place))],
};

/** The dims that the test declares, or the runtime found. */
function dimsOf(node: Node): readonly number[] {
  const type = node.outputs[0]!.type;
  if (type?.kind !== 'tensor') throw new Error(`${node.label} has no dims`);
  return type.dims as readonly number[];
}

const spatial = (x: Array64) => x.dims.map((_, axis) => axis).slice(2);

function softmax(node: Node, x: Array64, finish: (value: number, sum: number) => number): Array64 {
  const axis = (node.int('axis', -1) + x.dims.length) % x.dims.length;
  const sums = reduce(x, [axis], true, (list) => sumOf(list.map(Math.exp)));
  return fill(x.dims, (place) => finish(x.data[indexOf(place, x.dims)]!, spread(sums, place)));
}

function normalized(x: Array64, axes: readonly number[], node: Node): Array64 {
  const mean = reduce(x, axes, true, reductions.ReduceMean!);
  const centred = fill(x.dims, (place) => x.data[indexOf(place, x.dims)]! - spread(mean, place));
  const square = { ...centred, data: centred.data.map((value) => value * value) };
  const variance = reduce(square, axes, true, reductions.ReduceMean!);
  return fill(x.dims, (place) => {
    const deviation = Math.sqrt(spread(variance, place) + node.float('epsilon', 1e-5));
    return centred.data[indexOf(place, x.dims)]! / deviation;
  });
}

/** erf by its power series, which converges everywhere and is exact to float64 for |x| < 3; beyond, the continued fraction. */
function erf(x: number): number {
  const z = Math.abs(x);
  if (z > 3) {
    let fraction = 0;
    for (let n = 60; n > 0; n--) fraction = n / 2 / (z + fraction);
    const tail = Math.exp(-z * z) / (Math.sqrt(Math.PI) * (z + fraction));
    return Math.sign(x) * (1 - tail);
  }
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
