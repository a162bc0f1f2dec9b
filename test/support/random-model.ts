import type { Model } from '../../src/ir/model.js';
import type { Value } from '../../src/ir/value.js';
import { seededRandom } from '../../src/tensor/random.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { buildModel, f32, i64, randomTensor, type GraphBuilder } from './build.js';
import { batchNorm, conv } from './layers.js';

/** A value of the random graph and its dims at run time, the first of which is symbolic in the file. */
interface Known {
  readonly value: Value;
  readonly dims: readonly number[];
}

/** What the symbolic dim is when the graph is run. */
export const batch = 2;

/**
 * A valid graph of about `size` steps that a seed decides: what exporters write, and what passes look for, in
 * any order and with any sharing.
 */
export function randomModel(seed: number, size: number): Model {
  const random = seededRandom(seed);
  const opset = pick(random, [11, 13, 17, 20, 23]);
  return buildModel(opset, (g) => {
    const known: Known[] = [
      { value: g.input('x', 'float32[batch,4,6,6]'), dims: [batch, 4, 6, 6] },
      { value: g.input('s', 'float32[batch,5,8]'), dims: [batch, 5, 8] },
    ];
    const make = new Maker(g, random, opset, seed);
    for (let step = 0; step < size; step++) {
      const made = make.step(pick(random, known.slice(-4)), known);
      if (made !== undefined) known.push(...made);
    }
    const outputs = known.filter(({ value }) => value.isUnused && !value.isGraphInput);
    if (outputs.length === 0)
      outputs.push({ value: g.node('Relu', [known[0]!.value]), dims: known[0]!.dims });
    outputs.forEach(({ value, dims }, index) => {
      g.output(value, `y${index}`, `float32[${dims.map((dim, axis) => (axis === 0 ? '?' : dim)).join()}]`);
    });
  });
}

type Step = (from: Known, all: readonly Known[]) => Known[] | undefined;

class Maker {
  readonly #g: GraphBuilder;
  readonly #random: () => number;
  readonly #opset: number;
  #seed: number;
  readonly #steps: readonly Step[];

  constructor(g: GraphBuilder, random: () => number, opset: number, seed: number) {
    this.#g = g;
    this.#random = random;
    this.#opset = opset;
    this.#seed = seed;
    this.#steps = [
      (from) => [
        this.#same(
          from,
          pick(random, ['Relu', 'Sigmoid', 'Tanh', 'Abs', 'Neg', 'Identity', 'Erf', 'Softplus']),
        ),
      ],
      (from, all) => this.#binary(from, all),
      (from) => this.#scalar(from),
      (from) => this.#transpose(from),
      (from) => this.#reshape(from),
      (from) => this.#unsqueezed(from),
      (from) => this.#slices(from),
      (from, all) => this.#concat(from, all),
      (from) => this.#dense(from),
      (from) => this.#convolution(from),
      (from) => this.#clip(from),
      (from) => this.#normalization(from),
      (from) => this.#gelu(from),
      (from) => this.#branch(from),
      (from) => this.#cast(from),
      (from) => this.#attention(from),
      (from) => this.#written(from),
      (from) => this.#product(from),
      (from) => this.#pointwise(from),
      (from) => this.#neighbours(from),
    ];
  }

  step(from: Known, all: readonly Known[]): Known[] | undefined {
    return pick(this.#random, this.#steps)(from, all);
  }

  #same({ value, dims }: Known, opType: string): Known {
    return { value: this.#g.node(opType, [value]), dims };
  }

  #constant(tensor: Tensor): Value {
    return this.#g.constant(this.#g.graph.names.fresh('c'), tensor);
  }

  #tensor(dims: readonly number[]): Value {
    return this.#constant(randomTensor(dims, (this.#seed += 1), 0.5));
  }

  #list(
    attributeName: string,
    list: readonly number[],
  ): { inputs: Value[]; settings: Record<string, readonly number[]> } {
    return this.#opset >= 13
      ? { inputs: [this.#constant(i64(...list))], settings: {} }
      : { inputs: [], settings: { [attributeName]: list } };
  }

  #binary(from: Known, all: readonly Known[]): Known[] {
    const others = all.filter(({ dims }) => dims.join() === from.dims.join());
    const other = pick(this.#random, others);
    const opType = pick(this.#random, ['Add', 'Sub', 'Mul', 'Add']);
    return [{ value: this.#g.node(opType, [from.value, other.value]), dims: from.dims }];
  }

  #scalar(from: Known): Known[] {
    const opType = pick(this.#random, ['Add', 'Mul', 'Sub', 'Div', 'Pow']);
    const number = opType === 'Pow' ? pick(this.#random, [1, 2]) : pick(this.#random, [0.5, 1, 2, 0, 3]);
    const safe = opType === 'Div' && number === 0 ? 2 : number;
    const dims = pick(this.#random, [[], [1]]);
    const vector = this.#random() < 0.3 ? [from.dims.at(-1)!] : undefined;
    const operand =
      vector !== undefined && opType !== 'Div' && opType !== 'Pow'
        ? this.#tensor(vector)
        : this.#constant(f32(dims, [safe]));
    return [{ value: this.#g.node(opType, [from.value, operand]), dims: from.dims }];
  }

  #transpose({ value, dims }: Known): Known[] {
    const perm = pick(
      this.#random,
      dims.length === 3
        ? [
            [0, 2, 1],
            [0, 1, 2],
          ]
        : [
            [0, 2, 3, 1],
            [0, 3, 1, 2],
            [0, 2, 1, 3],
          ],
    );
    if (perm.length !== dims.length) return [{ value, dims }];
    return [{ value: this.#g.node('Transpose', [value], { perm }), dims: perm.map((axis) => dims[axis]!) }];
  }

  /** To three dims or four, by a constant or by arithmetic on the shape, and often back again. */
  #reshape({ value, dims }: Known): Known[] {
    const rest = dims.slice(1).reduce((product, dim) => product * dim, 1);
    const target = pick(this.#random, [
      [batch, rest, 1],
      [batch, 1, 1, rest],
      [batch, ...dims.slice(1)],
      [batch, 1, rest],
    ]);
    const g = this.#g;
    if (this.#random() < 0.5) {
      const constant = target.map((dim, axis) => (axis === 0 ? pick(this.#random, [0, -1]) : dim));
      return [{ value: g.node('Reshape', [value, this.#constant(i64(...constant))]), dims: target }];
    }
    const shape = g.node('Shape', [value]);
    const first = g.node('Gather', [shape, this.#constant(Tensor.int64([], [0]))], { axis: 0 });
    const { inputs, settings } = this.#list('axes', [0]);
    const parts = [
      g.node('Unsqueeze', [first, ...inputs], settings),
      this.#constant(i64(...target.slice(1))),
    ];
    return [{ value: g.node('Reshape', [value, g.node('Concat', parts, { axis: 0 })]), dims: target }];
  }

  #unsqueezed({ value, dims }: Known): Known[] {
    const ones = dims.flatMap((dim, axis) => (dim === 1 && axis > 0 ? [axis] : []));
    if (ones.length > 0 && dims.length === 4) {
      const { inputs, settings } = this.#list('axes', [ones[0]!]);
      const left = dims.filter((_, axis) => axis !== ones[0]);
      return [{ value: this.#g.node('Squeeze', [value, ...inputs], settings), dims: left }];
    }
    if (dims.length !== 3) return [{ value: this.#g.node('Identity', [value]), dims }];
    const axis = pick(this.#random, [1, 2, 3]);
    const { inputs, settings } = this.#list('axes', [axis]);
    return [
      {
        value: this.#g.node('Unsqueeze', [value, ...inputs], settings),
        dims: [...dims.slice(0, axis), 1, ...dims.slice(axis)],
      },
    ];
  }

  /** A tensor cut into two along an axis, sometimes into one part only. */
  #slices({ value, dims }: Known): Known[] | undefined {
    const axis = 1 + Math.floor(this.#random() * (dims.length - 1));
    const length = dims[axis]!;
    if (length < 2) return undefined;
    const middle = Math.floor(length / 2);
    const cut = (start: number, end: number): Known => ({
      value: this.#g.node('Slice', [
        value,
        ...[[start], [end], [axis]].map((list) => this.#constant(i64(...list))),
      ]),
      dims: dims.map((dim, at) => (at === axis ? Math.min(end, length) - start : dim)),
    });
    return this.#random() < 0.3 ? [cut(1, 2 ** 40)] : [cut(0, middle), cut(middle, 2 ** 40)];
  }

  #concat(from: Known, all: readonly Known[]): Known[] {
    const axis = 1;
    const fits = all.filter(
      ({ dims }) =>
        dims.length === from.dims.length && dims.every((dim, at) => at === axis || dim === from.dims[at]),
    );
    const others = [from, pick(this.#random, fits)].slice(0, this.#random() < 0.2 ? 1 : 2);
    const along = others.reduce((sum, { dims }) => sum + dims[axis]!, 0);
    if (along > 64) return [from];
    const value = this.#g.node(
      'Concat',
      others.map((one) => one.value),
      { axis },
    );
    return [{ value, dims: from.dims.map((dim, at) => (at === axis ? along : dim)) }];
  }

  #dense({ value, dims }: Known): Known[] | undefined {
    const rows = dims.at(-1)!;
    if (rows > 40) return undefined;
    const columns = pick(this.#random, [4, 8]);
    const after = [...dims.slice(0, -1), columns];
    const g = this.#g;
    const bias = this.#tensor([columns]);
    if (this.#random() < 0.5) {
      const product = g.node('MatMul', [value, this.#tensor([rows, columns])]);
      return [
        { value: g.node('Add', this.#random() < 0.5 ? [product, bias] : [bias, product]), dims: after },
      ];
    }
    const flat = g.node('Reshape', [value, this.#constant(i64(-1, rows))]);
    const product = g.node('Gemm', [flat, this.#tensor([columns, rows]), bias], { transB: 1 });
    const back = after.map((dim, axis) => (axis === 0 ? -1 : dim));
    return [{ value: g.node('Reshape', [product, this.#constant(i64(...back))]), dims: after }];
  }

  #convolution({ value, dims }: Known): Known[] | undefined {
    if (dims.length !== 4 || dims[2]! < 3 || dims[3]! < 3) return undefined;
    const channels = pick(this.#random, [2, 4]);
    const padded = this.#random() < 0.4;
    const input =
      padded && this.#opset >= 11
        ? this.#g.node('Pad', [value, this.#constant(i64(0, 0, 1, 1, 0, 0, 1, 1))])
        : value;
    const pads = padded ? [0, 0, 0, 0] : [1, 1, 1, 1];
    let made = conv(this.#g, input, [channels, dims[1]!, 3, 3], { pads, bias: this.#random() < 0.5 ? 1 : 0 });
    if (this.#random() < 0.6) made = batchNorm(this.#g, made, channels);
    if (this.#random() < 0.5) made = this.#g.node('Relu', [made]);
    return [{ value: made, dims: [dims[0]!, channels, dims[2]!, dims[3]!] }];
  }

  #clip({ value, dims }: Known): Known[] {
    const g = this.#g;
    const shifted = g.node('Add', [value, this.#constant(f32([], [3]))]);
    const clipped = g.node('Clip', [shifted, this.#constant(f32([], [0])), this.#constant(f32([], [6]))]);
    if (this.#random() < 0.4)
      return [{ value: g.node('Min', [clipped, this.#constant(f32([], [4]))]), dims }];
    const gated = this.#random() < 0.5 ? g.node('Mul', [value, clipped]) : clipped;
    return [{ value: g.node('Div', [gated, this.#constant(f32([], [6]))]), dims }];
  }

  #normalization({ value, dims }: Known): Known[] {
    const g = this.#g;
    const byInput = this.#opset >= 18;
    const mean = (of: Value): Value =>
      byInput
        ? g.node('ReduceMean', [of, this.#constant(i64(-1))])
        : g.node('ReduceMean', [of], { axes: [-1] });
    const centred = g.node('Sub', [value, mean(value)]);
    const square = g.node('Pow', [centred, this.#constant(f32([], [2]))]);
    const guarded = g.node('Add', [mean(square), this.#constant(f32([], [0.01]))]);
    const normal = g.node('Div', [centred, g.node('Sqrt', [guarded])]);
    if (this.#random() < 0.3) return [{ value: normal, dims }];
    const scaled = g.node('Mul', [normal, this.#tensor([dims.at(-1)!])]);
    return [{ value: g.node('Add', [scaled, this.#tensor([dims.at(-1)!])]), dims }];
  }

  #gelu({ value, dims }: Known): Known[] {
    const g = this.#g;
    const inner = g.node('Div', [value, this.#constant(f32([], [Math.SQRT2]))]);
    const gate = g.node('Add', [g.node('Erf', [inner]), this.#constant(f32([], [1]))]);
    const half = this.#constant(f32([], [0.5]));
    const product =
      this.#random() < 0.5
        ? g.node('Mul', [g.node('Mul', [value, gate]), half])
        : g.node('Mul', [g.node('Mul', [value, half]), gate]);
    return [{ value: product, dims }];
  }

  /** Attention as exporters write it, with one projection or three, a mask or none. */
  #attention({ value, dims }: Known): Known[] | undefined {
    if (dims.length !== 3 || dims[1]! > 16 || dims[2]! > 40) return undefined;
    const g = this.#g;
    const [heads, width] = [2, 3];
    const columns = heads * width;
    const random = this.#random;
    const projected = (size: number): Value => {
      const product = g.node('MatMul', [value, this.#tensor([dims[2]!, size])]);
      return random() < 0.7 ? g.node('Add', [product, this.#tensor([size])]) : product;
    };
    const sizes = this.#list('split', [columns, columns, columns]);
    const parts =
      random() < 0.4
        ? g.nodes(
            'Split',
            [projected(3 * columns), ...sizes.inputs],
            { axis: 2, ...sizes.settings },
            { outputs: 3 },
          )
        : [projected(columns), projected(columns), projected(columns)];
    const split = (part: Value | undefined, perm: number[]): Value =>
      g.node('Transpose', [g.node('Reshape', [part, this.#constant(i64(0, 0, heads, width))])], { perm });
    let scores = g.node('MatMul', [split(parts[0], [0, 2, 1, 3]), split(parts[1], [0, 2, 3, 1])]);
    if (random() < 0.7) scores = g.node('Div', [scores, this.#constant(f32([], [1.7]))]);
    const mask = pick(random, [undefined, [1, 1, 1, dims[1]!], [1, 1, dims[1]!, dims[1]!], [dims[1]!]]);
    if (mask !== undefined) scores = g.node('Add', [scores, this.#tensor(mask)]);
    const mixed = g.node('MatMul', [
      g.node('Softmax', [scores], { axis: pick(random, [3, -1]) }),
      split(parts[2], [0, 2, 1, 3]),
    ]);
    const joined = g.node('Transpose', [mixed], { perm: [0, 2, 1, 3] });
    const result = g.node('Reshape', [joined, this.#constant(i64(0, 0, columns))]);
    return [{ value: result, dims: [dims[0]!, dims[1]!, columns] }];
  }

  /** Softmax, RMS and L2 normalization, Mish, in their arithmetic. */
  #written({ value, dims }: Known): Known[] {
    const g = this.#g;
    const number = (one: number): Value => this.#constant(f32([], [one]));
    const reduced = (name: string, of: Value, since: number): Value =>
      this.#opset >= since ? g.node(name, [of, this.#constant(i64(-1))]) : g.node(name, [of], { axes: [-1] });
    const forms = [
      (): Value => {
        const power = g.node('Exp', [g.node('Sub', [value, reduced('ReduceMax', value, 18)])]);
        return g.node('Div', [power, reduced('ReduceSum', power, 13)]);
      },
      (): Value => {
        const mean = reduced('ReduceMean', g.node('Mul', [value, value]), 18);
        const root = g.node('Sqrt', [g.node('Add', [mean, number(0.01)])]);
        return g.node('Mul', [g.node('Div', [value, root]), this.#tensor([dims.at(-1)!])]);
      },
      (): Value => {
        const guarded = g.node('Clip', [reduced('ReduceL2', value, 18), number(1e-12)]);
        return g.node('Div', [value, guarded]);
      },
      (): Value => g.node('Mul', [value, g.node('Tanh', [g.node('Softplus', [value])])]),
    ];
    return [{ value: pick(this.#random, forms)(), dims }];
  }

  #product({ value, dims }: Known): Known[] | undefined {
    if (dims.length !== 3 || dims[1]! > 40) return undefined;
    const g = this.#g;
    if (this.#opset < 12) return undefined;
    const scores = g.node('Einsum', [value, value], { equation: 'bij,bkj->bik' });
    return [{ value: scores, dims: [dims[0]!, dims[1]!, dims[1]!] }];
  }

  /** 1x1 Convs behind each other, and a BatchNormalization in front. */
  #pointwise({ value, dims }: Known): Known[] | undefined {
    if (dims.length !== 4 || dims[1]! > 16) return undefined;
    const g = this.#g;
    const normal = this.#random() < 0.5 ? batchNorm(g, value, dims[1]!) : value;
    const middle = pick(this.#random, [1, 6]);
    const first = conv(g, normal, [middle, dims[1]!, 1, 1], { bias: this.#random() < 0.5 ? 1 : 0 });
    const second = conv(g, first, [4, middle, 1, 1], { bias: this.#random() < 0.5 ? 1 : 0 });
    return [{ value: second, dims: [dims[0]!, 4, dims[2]!, dims[3]!] }];
  }

  #neighbours({ value, dims }: Known): Known[] | undefined {
    const axis = dims.length - 1;
    if (dims[axis]! < 3) return undefined;
    const places = pick(this.#random, [
      [0, 1],
      [1, 2],
      [2, 0],
    ]);
    const taken = this.#g.node('Gather', [value, this.#constant(i64(...places))], { axis });
    return [{ value: taken, dims: dims.map((dim, at) => (at === axis ? 2 : dim)) }];
  }

  /** An If with a condition that is constant or not, whose branches read a value from outside. */
  #branch({ value, dims }: Known): Known[] {
    const g = this.#g;
    const condition =
      this.#random() < 0.6
        ? this.#constant(Tensor.fromNumbers('bool', [], [this.#random() < 0.5 ? 1 : 0]))
        : g.node('Greater', [
            g.node('Reshape', [
              g.node('ReduceMean', [g.graph.inputs[0]], { keepdims: 0 }),
              this.#constant(i64(1)),
            ]),
            this.#constant(f32([1], [0])),
          ]);
    const branch = (name: string, opType: string): ReturnType<GraphBuilder['body']> =>
      g.body(g.graph.names.fresh(name), (inner) => {
        const first = inner.node(opType, [value], {}, { name: g.graph.names.fresh(opType) });
        const second = inner.node('Identity', [first], {}, { name: g.graph.names.fresh('Identity') });
        inner.graph.addOutput(second);
      });
    const result = g.node('If', [condition], {
      then_branch: branch('then', 'Relu'),
      else_branch: branch('else', 'Neg'),
    });
    return [{ value: result, dims }];
  }

  /** By whole numbers: the runtime itself drops a Cast to float64 and back, also where a body reads it. */
  #cast({ value, dims }: Known): Known[] {
    const g = this.#g;
    const above = g.node('Greater', [value, this.#constant(f32([], [0.1]))]);
    const whole = g.node('Cast', [above], { to: 6 });
    return [{ value: g.node('Cast', [whole], { to: 1 }), dims }];
  }
}

function pick<Item>(random: () => number, list: readonly Item[]): Item {
  return list[Math.floor(random() * list.length)]!;
}
