import { InferOptError } from '../../errors.js';
import type { Attribute } from '../../ir/attribute.js';
import { attribute } from '../../ir/attribute.js';
import type { Graph } from '../../ir/graph.js';
import { staticDims, tensorType } from '../../ir/types.js';
import type { Value } from '../../ir/value.js';
import type { DType } from '../../tensor/dtype.js';
import { elementCount, Tensor } from '../../tensor/tensor.js';

/** Whole numbers become int and ints; floats are given as `attribute.float`. */
export type Settings = Readonly<Record<string, number | readonly number[] | string | Attribute>>;

/** How the names of nodes begin that are added for training; then comes what they belong to. */
export const trainingName = 'train/';

/** The runtime's own domain: training graphs are run here and nowhere else, so that its operators may be used. */
const runtimeDomain = 'com.microsoft';

/**
 * Adds operators at the end of a graph and knows the dims of everything it adds: gradients need them. Values
 * of the graph must have static dims. The graph's operators mean opset 17 or newer.
 */
export class Emitter {
  readonly graph: Graph;
  /** The operator set that the graph's operators mean. */
  readonly opset: number;
  /** What operators are added for: the layer whose gradient they compute, or a part of the step. */
  part = 'step';
  readonly #constants = new Map<string, Value>();

  constructor(graph: Graph, opset = 17) {
    this.graph = graph;
    this.opset = opset;
  }

  /** One operator with one output of these dims (float32 unless said otherwise). */
  emit(
    opType: string,
    inputs: readonly (Value | undefined)[],
    dims: readonly number[],
    settings: Settings = {},
    more: { readonly dtype?: DType; readonly domain?: string } = {},
  ): Value {
    const value = this.graph.newValue(`${opType}_t`, tensorType(more.dtype ?? 'float32', dims));
    this.graph.addNode(opType, inputs, {
      domain: more.domain ?? '',
      name: this.graph.names.fresh(`${trainingName}${this.part}/${opType}`),
      attributes: Object.entries(settings).map(([name, setting]) => [name, toAttribute(setting)]),
      outputs: [value],
    });
    return value;
  }

  /** The dims of a value of the graph. Throws `model` where they are not all known. */
  dims(value: Value): readonly number[] {
    const dims = value.constant?.dims ?? staticDims(value.type);
    if (dims === undefined) {
      throw new InferOptError('model', `the shape of ${value.name} is not known, which a gradient needs`, {
        hint: 'export the model with fixed input shapes, or freeze what lies below it',
      });
    }
    return dims;
  }

  ints(values: readonly number[]): Value {
    return this.#constant(`i${values.join(',')}`, () => Tensor.int64([values.length], values));
  }

  scalar(value: number): Value {
    return this.#constant(`s${value}`, () => Tensor.float32([], [value]));
  }

  /** A constant of its own. */
  tensor(tensor: Tensor): Value {
    return this.graph.addConstant('train_constant', tensor);
  }

  #constant(key: string, make: () => Tensor): Value {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const value = this.graph.addConstant('train_constant', make());
    this.#constants.set(key, value);
    return value;
  }

  /** An operator without attributes that broadcasts two values. */
  binary(opType: 'Add' | 'Sub' | 'Mul' | 'Div' | 'Pow' | 'Min' | 'Max', a: Value, b: Value): Value {
    return this.emit(opType, [a, b], broadcastDims(this.dims(a), this.dims(b)));
  }

  add(a: Value, b: Value): Value {
    return this.binary('Add', a, b);
  }

  sub(a: Value, b: Value): Value {
    return this.binary('Sub', a, b);
  }

  mul(a: Value, b: Value): Value {
    return this.binary('Mul', a, b);
  }

  div(a: Value, b: Value): Value {
    return this.binary('Div', a, b);
  }

  scale(value: Value, factor: number): Value {
    return factor === 1 ? value : this.mul(value, this.scalar(factor));
  }

  shift(value: Value, by: number): Value {
    return this.add(value, this.scalar(by));
  }

  /** An operator without attributes that works element by element. */
  unary(opType: string, value: Value): Value {
    return this.emit(opType, [value], this.dims(value));
  }

  /** A comparison (Greater, Less, Equal ...) as float32 ones and zeros. */
  compare(opType: string, a: Value, b: Value): Value {
    const dims = broadcastDims(this.dims(a), this.dims(b));
    return this.emit('Cast', [this.emit(opType, [a, b], dims, {}, { dtype: 'bool' })], dims, { to: 1 });
  }

  reshape(value: Value, dims: readonly number[]): Value {
    const own = this.dims(value);
    if (own.length === dims.length && own.every((dim, axis) => dim === dims[axis])) return value;
    return this.emit('Reshape', [value, this.ints(dims)], dims);
  }

  transpose(value: Value, perm: readonly number[]): Value {
    if (perm.every((from, to) => from === to)) return value;
    const dims = this.dims(value);
    return this.emit(
      'Transpose',
      [value],
      perm.map((axis) => dims[axis]!),
      { perm },
    );
  }

  expand(value: Value, dims: readonly number[]): Value {
    const own = this.dims(value);
    if (own.length === dims.length && own.every((dim, axis) => dim === dims[axis])) return value;
    return this.emit('Expand', [value, this.ints(dims)], dims);
  }

  /** The sum over axes; these stay with length 1 where `keep`. */
  sum(value: Value, axes: readonly number[], keep = true): Value {
    const dims = this.dims(value);
    if (axes.length === 0) return value;
    const left = keep
      ? dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
      : dims.filter((_, axis) => !axes.includes(axis));
    return this.emit('ReduceSum', [value, this.ints(axes)], left, { keepdims: keep ? 1 : 0 });
  }

  /** The sum of all elements, a scalar. */
  total(value: Value): Value {
    return this.sum(
      value,
      this.dims(value).map((_, axis) => axis),
      false,
    );
  }

  mean(value: Value, axes: readonly number[]): Value {
    const dims = this.dims(value);
    return this.scale(this.sum(value, axes), 1 / elementCount(axes.map((axis) => dims[axis]!)));
  }

  /** Undoes broadcasting: what belongs to a value of these dims, summed over the places it was spread to. */
  sumTo(value: Value, dims: readonly number[]): Value {
    const own = this.dims(value);
    const lead = own.length - dims.length;
    const axes = own.flatMap((dim, axis) => (axis < lead || dims[axis - lead] !== dim ? [axis] : []));
    return this.reshape(this.sum(value, axes), dims);
  }

  /** Products of matrices in the last two axes, either one turned; the axes before broadcast. */
  matmul(a: Value, b: Value, { turnA = false, turnB = false } = {}): Value {
    const [left, right] = [this.dims(a), this.dims(b)];
    const rows = left.at(turnA ? -1 : -2)!;
    const columns = right.at(turnB ? -2 : -1)!;
    const dims = [...broadcastDims(left.slice(0, -2), right.slice(0, -2)), rows, columns];
    if (!turnA && !turnB) return this.emit('MatMul', [a, b], dims);
    const settings = { transA: turnA ? 1 : 0, transB: turnB ? 1 : 0 };
    return this.emit('FusedMatMul', [a, b], dims, settings, { domain: runtimeDomain });
  }

  slice(
    value: Value,
    range: {
      readonly axes: readonly number[];
      readonly starts: readonly number[];
      readonly ends: readonly number[];
      readonly steps?: readonly number[];
    },
  ): Value {
    const dims = [...this.dims(value)];
    const steps = range.steps ?? range.axes.map(() => 1);
    range.axes.forEach((axis, i) => {
      dims[axis] = Math.max(0, Math.ceil((range.ends[i]! - range.starts[i]!) / steps[i]!));
    });
    const inputs = [range.starts, range.ends, range.axes, steps].map((list) => this.ints(list));
    return this.emit('Slice', [value, ...inputs], dims);
  }

  /** Zeros around a value. */
  pad(value: Value, begins: readonly number[], ends: readonly number[]): Value {
    if ([...begins, ...ends].every((amount) => amount === 0)) return value;
    const dims = this.dims(value).map((dim, axis) => dim + begins[axis]! + ends[axis]!);
    return this.emit('Pad', [value, this.ints([...begins, ...ends])], dims);
  }

  concat(values: readonly Value[], axis: number): Value {
    if (values.length === 1) return values[0]!;
    const dims = [...this.dims(values[0]!)];
    dims[axis] = values.reduce((sum, value) => sum + this.dims(value)[axis]!, 0);
    return this.emit('Concat', values, dims, { axis });
  }

  /** Zeros of these dims. */
  zeros(dims: readonly number[]): Value {
    return this.expand(this.scalar(0), dims);
  }
}

/** The dims that two shapes broadcast to. Throws `internal` where they do not. */
export function broadcastDims(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new InferOptError('internal', `[${a.join(',')}] and [${b.join(',')}] do not broadcast`);
    }
    return left === 1 ? right : left;
  });
}

function toAttribute(setting: Settings[string]): Attribute {
  if (typeof setting === 'number') return attribute.int(setting);
  if (typeof setting === 'string') return attribute.string(setting);
  return isList(setting) ? attribute.ints(setting) : setting;
}

function isList(setting: readonly number[] | Attribute): setting is readonly number[] {
  return Array.isArray(setting);
}
