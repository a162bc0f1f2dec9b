import { attribute } from '../../src/ir/attribute.js';
import type { Model } from '../../src/ir/model.js';
import type { Value } from '../../src/ir/value.js';
import { normal, seededRandom } from '../../src/tensor/random.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { buildModel, i64, type GraphBuilder, type Setting } from '../support/build.js';
import { count } from './float64/array.js';

/** A model of one operator with random shapes, its inputs, and the values to differentiate by. */
export interface GradientCase {
  readonly model: Model;
  readonly inputs: Map<string, Tensor>;
  readonly names: string[];
}

/** Draws what a case needs. */
export class Draw {
  readonly random: () => number;
  readonly inputs = new Map<string, Tensor>();
  readonly graph: GraphBuilder;

  constructor(seed: number, graph: GraphBuilder) {
    this.random = seededRandom(seed);
    this.graph = graph;
  }

  int(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  pick<T>(...choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)]!;
  }

  dims(low: number, high: number, largest = 4): number[] {
    return Array.from({ length: this.int(low, high) }, () => this.int(1, largest));
  }

  /** An input of normal numbers, of numbers away from the places where slopes jump, or of positive ones. */
  input(dims: readonly number[], kind: 'any' | 'positive' | 'spaced' = 'any'): Value {
    const size = count(dims);
    const order = Array.from({ length: size }, (_, i) => i).sort(() => this.random() - 0.5);
    const values = order.map((rank) => {
      if (kind === 'positive') return 0.5 + 2 * this.random();
      // All different, none within a step of another or of 0.
      if (kind === 'spaced') return (rank - size / 2 + 0.3) * 0.11;
      return normal(this.random);
    });
    const name = `x${this.inputs.size}`;
    this.inputs.set(name, Tensor.float32(dims, values));
    return this.graph.input(name, `float32[${dims.join(',')}]`);
  }

  /** Dims that broadcast to `dims`: some lengths 1, some leading ones left out. */
  broadcasting(dims: readonly number[]): number[] {
    return dims.slice(this.int(0, dims.length)).map((dim) => (this.random() < 0.4 ? 1 : dim));
  }
}

type Make = (draw: Draw) => Value | readonly Value[];

const unary =
  (
    operator: string,
    kind: 'any' | 'positive' | 'spaced' = 'any',
    settings: Record<string, Setting> = {},
    domain = '',
  ): Make =>
  (draw) =>
    draw.graph.node(operator, [draw.input(draw.dims(1, 3), kind)], settings, { domain });

const binary =
  (operator: string, kind: 'any' | 'positive' | 'spaced' = 'any'): Make =>
  (draw) => {
    const dims = draw.dims(1, 4, 3);
    const other = draw.broadcasting(dims);
    const pair = draw.random() < 0.5 ? [dims, other] : [other, dims];
    return draw.graph.node(
      operator,
      pair.map((one) => draw.input(one, kind)),
    );
  };

const reduction =
  (operator: string, kind: 'any' | 'positive' | 'spaced' = 'any'): Make =>
  (draw) => {
    const dims = draw.dims(2, 4, 3);
    const axes = dims.map((_, axis) => axis).filter(() => draw.random() < 0.5);
    const negative = axes.map((axis) => (draw.random() < 0.5 ? axis - dims.length : axis));
    const keepdims = draw.int(0, 1);
    const given = negative.length === 0 ? undefined : draw.graph.constant('axes', i64(...negative));
    return draw.graph.node(operator, [draw.input(dims, kind), given], { keepdims });
  };

const window = (draw: Draw, rank: number) => {
  const kernel = Array.from({ length: rank }, () => draw.int(1, 3));
  const dilations = kernel.map(() => draw.pick(1, 1, 2));
  const strides = kernel.map(() => draw.pick(1, 1, 2, 3));
  const pads = [...kernel, ...kernel].map((size, i) => draw.int(0, (size - 1) * dilations[i % rank]!));
  const size = kernel.map((k, a) => draw.int((k - 1) * dilations[a]! + 1, 7));
  return { kernel, size, settings: { kernel_shape: kernel, dilations, strides, pads } };
};

const convolution: Make = (draw) => {
  const { kernel, size, settings } = window(draw, draw.pick(1, 2, 2, 2, 3));
  const [group, inside, outside] = draw.pick<[number, number, number]>(
    [1, 3, 2],
    [2, 2, 2],
    [3, 1, 1],
    [2, 1, 2],
    [1, 1, 4],
  );
  const x = draw.input([draw.int(1, 3), group * inside, ...size]);
  const w = draw.input([group * outside, inside, ...kernel]);
  const bias = draw.random() < 0.5 ? draw.input([group * outside]) : undefined;
  return draw.graph.node('Conv', [x, w, bias], { ...settings, group });
};

const pool =
  (operator: string): Make =>
  (draw) => {
    const { kernel, size, settings } = window(draw, draw.pick(1, 2, 2));
    // The runtime wants pads below the kernel, and the standard pads smaller than it.
    const pads = settings.pads.map((pad, i) => Math.min(pad, kernel[i % kernel.length]! - 1));
    const plain = operator === 'AveragePool' ? { count_include_pad: draw.int(0, 1) } : {};
    const { dilations, ...rest } = settings;
    const own = operator === 'AveragePool' ? rest : { ...rest, dilations };
    const grown = size.map((length) => length + 1);
    return draw.graph.node(operator, [draw.input([2, 2, ...grown], 'spaced')], { ...own, pads, ...plain });
  };

/** By operator; several for one where its forms differ much. */
export const cases: readonly (readonly [string, Make])[] = [
  ['Conv', convolution],
  [
    'ConvTranspose',
    (draw) => {
      const { kernel, size, settings } = window(draw, draw.pick(1, 2, 2));
      const group = draw.int(1, 2);
      const small = size.map((length) => Math.min(length, 4));
      const pads = settings.pads.map((_, i) => draw.int(0, Math.min(1, kernel[i % kernel.length]! - 1)));
      const output_padding = settings.strides.map((stride) => draw.int(0, stride - 1));
      const x = draw.input([2, 2 * group, ...small]);
      const w = draw.input([2 * group, draw.int(1, 2), ...kernel]);
      const bias =
        draw.random() < 0.5 ? draw.input([(draw.inputs.get('x1')?.dims[1] ?? 1) * group]) : undefined;
      return draw.graph.node('ConvTranspose', [x, w, bias], { ...settings, pads, group, output_padding });
    },
  ],
  [
    'Gemm',
    (draw) => {
      const [m, k, n] = [draw.int(1, 4), draw.int(1, 4), draw.int(1, 4)] as const;
      const [transA, transB] = [draw.int(0, 1), draw.int(0, 1)];
      const a = draw.input(transA === 1 ? [k, m] : [m, k]);
      const b = draw.input(transB === 1 ? [n, k] : [k, n]);
      const c = draw.random() < 0.7 ? draw.input(draw.pick([n], [1, n], [m, 1], [m, n], [])) : undefined;
      const scales = { alpha: attribute.float(draw.pick(1, 0.5)), beta: attribute.float(draw.pick(1, 2)) };
      return draw.graph.node('Gemm', [a, b, c], { transA, transB, ...scales });
    },
  ],
  [
    'MatMul',
    (draw) => {
      const [m, k, n, b] = [draw.int(1, 4), draw.int(1, 4), draw.int(1, 4), draw.int(1, 3)] as const;
      const [left, right] = draw.pick<[number[], number[]]>(
        [
          [m, k],
          [k, n],
        ],
        [
          [b, m, k],
          [k, n],
        ],
        [
          [2, b, m, k],
          [k, n],
        ],
        [
          [b, m, k],
          [b, k, n],
        ],
        [
          [2, b, m, k],
          [b, k, n],
        ],
        [
          [m, k],
          [b, k, n],
        ],
        [
          [1, m, k],
          [b, k, n],
        ],
        [[k], [k, n]],
        [[b, m, k], [k]],
        [[k], [b, k, n]],
      );
      return draw.graph.node('MatMul', [draw.input(left), draw.input(right)]);
    },
  ],
  ['Add', binary('Add')],
  ['Sub', binary('Sub')],
  ['Mul', binary('Mul')],
  ['Div', binary('Div', 'positive')],
  ['Min', binary('Min', 'any')],
  ['Max', binary('Max', 'any')],
  [
    'Sum',
    (draw) => {
      const dims = draw.dims(1, 3);
      return draw.graph.node(
        'Sum',
        [dims, draw.broadcasting(dims), dims].map((one) => draw.input(one)),
      );
    },
  ],
  [
    'Pow',
    (draw) => {
      const exponent = draw.graph.constant('n', Tensor.float32([], [draw.pick(2, 3, 0.5, -1)]));
      return draw.graph.node('Pow', [draw.input(draw.dims(1, 3), 'positive'), exponent]);
    },
  ],
  [
    'Where',
    (draw) => {
      const dims = draw.dims(1, 3);
      const condition = Tensor.fromNumbers(
        'bool',
        dims,
        Array.from({ length: count(dims) }, () => draw.int(0, 1)),
      );
      const mask = draw.graph.constant('mask', condition);
      return draw.graph.node('Where', [mask, draw.input(draw.broadcasting(dims)), draw.input(dims)]);
    },
  ],
  [
    'PRelu',
    (draw) => {
      const dims = draw.dims(2, 3);
      return draw.graph.node('PRelu', [draw.input(dims, 'spaced'), draw.input(draw.broadcasting(dims))]);
    },
  ],
  [
    'Clip',
    (draw) => {
      const bounds = [-0.3123, 0.4567].map((bound, i) =>
        draw.graph.constant(`b${i}`, Tensor.float32([], [bound])),
      );
      return draw.graph.node('Clip', [
        draw.input(draw.dims(1, 3)),
        ...draw.pick(bounds, [bounds[0]], [undefined, bounds[1]]),
      ]);
    },
  ],
  ['Relu', unary('Relu', 'spaced')],
  ['LeakyRelu', unary('LeakyRelu', 'spaced', { alpha: attribute.float(0.1) })],
  ['Elu', unary('Elu', 'spaced', { alpha: attribute.float(0.7) })],
  ['Sigmoid', unary('Sigmoid')],
  ['HardSigmoid', unary('HardSigmoid', 'any', { alpha: attribute.float(0.3) })],
  ['HardSwish', unary('HardSwish')],
  ['Tanh', unary('Tanh')],
  ['Softplus', unary('Softplus')],
  ['Gelu', (draw) => unary('Gelu', 'any', { approximate: draw.pick('none', 'tanh') })(draw)],
  ['com.microsoft.Gelu', unary('Gelu', 'any', {}, 'com.microsoft')],
  ['Erf', unary('Erf')],
  ['Exp', unary('Exp')],
  ['Log', unary('Log', 'positive')],
  ['Sqrt', unary('Sqrt', 'positive')],
  ['Reciprocal', unary('Reciprocal', 'positive')],
  ['Abs', unary('Abs', 'spaced')],
  ['Neg', unary('Neg')],
  ['Sin', unary('Sin')],
  ['Cos', unary('Cos')],
  ['Identity', unary('Identity')],
  ['Cast', unary('Cast', 'any', { to: 1 })],
  ['Dropout', unary('Dropout')],
  ...['Softmax', 'LogSoftmax'].map((operator): [string, Make] => [
    operator,
    (draw) => {
      const dims = draw.dims(1, 4, 4);
      return draw.graph.node(operator, [draw.input(dims)], { axis: draw.int(-dims.length, dims.length - 1) });
    },
  ]),
  [
    'BatchNormalization',
    (draw) => {
      const dims = [draw.int(1, 3), draw.int(1, 4), ...draw.dims(0, 2)];
      const channels = [dims[1]!];
      const statistics = [
        draw.graph.constant(
          'mean',
          Tensor.float32(
            channels,
            Array.from({ length: dims[1]! }, () => normal(draw.random)),
          ),
        ),
        draw.graph.constant(
          'variance',
          Tensor.float32(
            channels,
            Array.from({ length: dims[1]! }, () => 0.5 + draw.random()),
          ),
        ),
      ];
      return draw.graph.node('BatchNormalization', [
        draw.input(dims),
        draw.input(channels),
        draw.input(channels),
        ...statistics,
      ]);
    },
  ],
  [
    'LayerNormalization',
    (draw) => {
      const dims = [...draw.dims(1, 2), draw.int(3, 5)];
      const axis = draw.random() < 0.7 ? -1 : dims.length - 1;
      const bias = draw.random() < 0.7;
      const inputs = [
        draw.input(dims),
        draw.input(dims.slice(-1)),
        ...(bias ? [draw.input(dims.slice(-1))] : []),
      ];
      return draw.graph.node('LayerNormalization', inputs, { axis });
    },
  ],
  [
    'InstanceNormalization',
    (draw) => {
      const dims = [draw.int(1, 2), draw.int(1, 3), draw.int(2, 4), draw.int(2, 4)];
      return draw.graph.node(
        'InstanceNormalization',
        [dims, [dims[1]!], [dims[1]!]].map((one) => draw.input(one)),
      );
    },
  ],
  ['AveragePool', pool('AveragePool')],
  ['MaxPool', pool('MaxPool')],
  [
    'GlobalAveragePool',
    (draw) => draw.graph.node('GlobalAveragePool', [draw.input([2, 3, ...draw.dims(1, 2)])]),
  ],
  [
    'GlobalMaxPool',
    (draw) => draw.graph.node('GlobalMaxPool', [draw.input([2, 3, ...draw.dims(1, 2)], 'spaced')]),
  ],
  ['ReduceSum', reduction('ReduceSum')],
  ...['ReduceMean', 'ReduceSumSquare', 'ReduceL2', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMin'].map(
    (operator): [string, Make] => [
      operator,
      reduction(operator, operator === 'ReduceL2' ? 'positive' : 'spaced'),
    ],
  ),
  [
    'Reshape',
    (draw) => {
      const shape = draw.graph.constant('shape', i64(-1, 2));
      return draw.graph.node('Reshape', [draw.input([draw.int(1, 3), 4, draw.int(1, 3)]), shape]);
    },
  ],
  [
    'Flatten',
    (draw) => {
      const dims = draw.dims(2, 4, 3);
      return draw.graph.node('Flatten', [draw.input(dims)], { axis: draw.int(0, dims.length) });
    },
  ],
  [
    'Squeeze',
    (draw) =>
      draw.graph.node('Squeeze', [draw.input([draw.int(2, 3), 1, 2]), draw.graph.constant('axes', i64(1))]),
  ],
  [
    'Unsqueeze',
    (draw) =>
      draw.graph.node('Unsqueeze', [draw.input(draw.dims(1, 3)), draw.graph.constant('axes', i64(0, -1))]),
  ],
  [
    'Transpose',
    (draw) => {
      const dims = draw.dims(2, 4, 3);
      const perm = dims.map((_, axis) => axis).sort(() => draw.random() - 0.5);
      return draw.graph.node('Transpose', [draw.input(dims)], draw.random() < 0.8 ? { perm } : {});
    },
  ],
  [
    'Concat',
    (draw) => {
      const dims = draw.dims(1, 3);
      const axis = draw.int(-dims.length, dims.length - 1);
      const parts = [1, 2, 3].map((length) => draw.input(dims.with(axis, length)));
      return draw.graph.node('Concat', parts, { axis });
    },
  ],
  [
    'Split',
    (draw) => {
      const dims = draw.dims(1, 3);
      const axis = draw.int(-dims.length, dims.length - 1);
      const sizes = draw.graph.constant('sizes', i64(1, 2, 1));
      const outputs = draw.graph.nodes(
        'Split',
        [draw.input(dims.with(axis, 4)), sizes],
        { axis },
        { outputs: 3 },
      );
      return draw.random() < 0.5 ? outputs : [outputs[1]!];
    },
  ],
  [
    'Slice',
    (draw) => {
      const rank = draw.int(1, 3);
      const dims = Array.from({ length: rank }, () => draw.int(3, 6));
      const axes = dims.map((_, axis) => axis).filter(() => draw.random() < 0.7);
      const own = axes.length === 0 ? [0] : axes;
      const starts = own.map(() => draw.pick(0, 1, -3));
      const ends = own.map(() => draw.pick(1000, -1 + 1000, 3));
      const steps = own.map(() => draw.pick(1, 1, 2, 3));
      // A start behind the end gives nothing to differentiate.
      const safe = ends.map((end, i) => (end === 3 && starts[i] === -3 ? 1000 : end));
      const lists = [starts, safe, own, steps].map((list, i) => draw.graph.constant(`l${i}`, i64(...list)));
      return draw.graph.node('Slice', [draw.input(dims), ...lists]);
    },
  ],
  [
    'Gather',
    (draw) => {
      const dims = draw.dims(1, 3);
      const axis = draw.int(-dims.length, dims.length - 1);
      const own = dims.with(axis, 4);
      const indices = Tensor.int64([2, 3], [0, 3, 1, 1, -1, 0]);
      return draw.graph.node('Gather', [draw.input(own), draw.graph.constant('indices', indices)], { axis });
    },
  ],
  [
    'Pad',
    (draw) => {
      const dims = Array.from({ length: draw.int(1, 3) }, () => draw.int(3, 4));
      const pads = [...dims, ...dims].map(() => draw.int(-1, 2));
      return draw.graph.node('Pad', [draw.input(dims), draw.graph.constant('pads', i64(...pads))]);
    },
  ],
  [
    'Expand',
    (draw) => {
      const dims = draw.dims(1, 3);
      const shape = draw.graph.constant('shape', i64(...dims));
      return draw.graph.node('Expand', [draw.input(draw.broadcasting(dims)), shape]);
    },
  ],
];

/** The opset that has every operator above in the form that the engine reads. */
const opset = 20;

export function makeCase(make: Make, seed: number): GradientCase {
  let inputs = new Map<string, Tensor>();
  const model = buildModel(opset, (graph) => {
    const draw = new Draw(seed, graph);
    const outputs = make(draw);
    [outputs].flat().forEach((output, i) => graph.output(output, `y${i}`, 'float32'));
    inputs = draw.inputs;
  });
  model.opsets.set('com.microsoft', 1);
  return { model, inputs, names: [...inputs.keys()] };
}
