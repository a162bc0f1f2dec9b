/**
 * What `--level full` could emit, and what stands there before: each case computes the same twice, over [1, rows, width], as exporters write
 * it and as one operator. Every case keeps the shape, so that several in a row can be timed.
 * @typedef {import('./operator-graph.js').OperatorGraph} Graph
 * @typedef {any} Value
 * @typedef {{ name: string, opset: number, before: (g: Graph, x: Value) => Value, after: (g: Graph, x: Value) => Value }} Case
 */

const microsoft = { domain: 'com.microsoft' };
const three = ['query', 'key', 'value'];

const gelu = (/** @type {Graph} */ g, /** @type {Value} */ x) => {
  const gate = g.add(g.node('Erf', [g.node('Div', [x, g.number(Math.SQRT2)])]), g.number(1));
  return g.mul(g.mul(x, gate), g.number(0.5));
};
const fastGelu = (/** @type {Graph} */ g, /** @type {Value} */ x) => {
  const cube = g.mul(g.node('Pow', [x, g.number(3)]), g.number(0.044715));
  const tanh = g.node('Tanh', [g.mul(g.add(x, cube), g.number(Math.sqrt(2 / Math.PI)))]);
  return g.mul(g.mul(x, g.add(tanh, g.number(1))), g.number(0.5));
};
const layerNorm = (/** @type {Graph} */ g, /** @type {Value} */ x) =>
  g.node('LayerNormalization', [x, g.vector('scale'), g.vector('shift')], { axis: -1 });
const rootMeanSquare = (/** @type {Graph} */ g, /** @type {Value} */ x) => {
  const square = g.node('ReduceMean', [g.node('Pow', [x, g.number(2)])], { axes: [-1] });
  const root = g.node('Sqrt', [g.add(square, g.number(1e-5))]);
  return g.mul(g.node('Div', [x, root]), g.vector('scale'));
};
/** [1, rows, width] to [1, heads, rows, width / heads], or its transposed form. */
const heads = (/** @type {Graph} */ g, /** @type {Value} */ x, /** @type {number[]} */ perm) =>
  g.node('Transpose', [g.node('Reshape', [x, g.integers([0, 0, g.heads, g.width / g.heads])])], { perm });
const written = (
  /** @type {Graph} */ g,
  /** @type {Value} */ q,
  /** @type {Value} */ k,
  /** @type {Value} */ v,
  /** @type {Value | undefined} */ bias = undefined,
) => {
  const scores = g.node('MatMul', [heads(g, q, [0, 2, 1, 3]), heads(g, k, [0, 2, 3, 1])]);
  const scaled = g.node('Div', [scores, g.number(Math.sqrt(g.width / g.heads))]);
  const masked = bias === undefined ? scaled : g.add(scaled, bias);
  const mixed = g.node('MatMul', [g.node('Softmax', [masked], { axis: -1 }), heads(g, v, [0, 2, 1, 3])]);
  return g.node('Reshape', [
    g.node('Transpose', [mixed], { perm: [0, 2, 1, 3] }),
    g.integers([0, 0, g.width]),
  ]);
};
const projected = (/** @type {Graph} */ g, /** @type {Value} */ x, /** @type {string} */ name) =>
  g.add(g.node('MatMul', [x, g.matrix(name, g.width, g.width)]), g.vector(`${name} bias`));
const maskBias = (/** @type {Graph} */ g) =>
  g.once('bias of the mask', () =>
    g.mul(
      g.node('Sub', [
        g.number(1),
        g.node('Cast', [g.node('Unsqueeze', [g.mask(), g.integers([1, 2])])], { to: 1 }),
      ]),
      g.number(-10_000),
    ),
  );
const rotated = (/** @type {Graph} */ g, /** @type {Value} */ x) => {
  const half = g.width / g.heads / 2;
  const parts = g.nodes('Split', [x, g.integers([half, half])], { axis: -1 }, 2);
  const turned = g.node('Concat', [g.node('Neg', [parts[1]]), parts[0]], { axis: -1 });
  const [cosine, sine] = [g.angles('cos', true), g.angles('sin', true)];
  return g.add(g.mul(x, cosine), g.mul(turned, sine));
};

/** @type {Case[]} */
export const cases = [
  { name: 'Gelu', opset: 17, before: gelu, after: (g, x) => g.node('Gelu', [x], {}, microsoft) },
  { name: 'FastGelu', opset: 17, before: fastGelu, after: (g, x) => g.node('FastGelu', [x], {}, microsoft) },
  {
    name: 'QuickGelu',
    opset: 17,
    before: (g, x) => g.mul(x, g.node('Sigmoid', [g.mul(x, g.number(1.702))])),
    after: (g, x) => g.node('QuickGelu', [x], { alpha: { float: 1.702 } }, microsoft),
  },
  {
    name: 'BiasGelu',
    opset: 17,
    before: (g, x) => g.node('Gelu', [g.add(x, g.vector('bias'))], {}, microsoft),
    after: (g, x) => g.node('BiasGelu', [x, g.vector('bias')], {}, microsoft),
  },
  {
    name: 'LayerNormalization before opset 17',
    opset: 16,
    before: (g, x) => {
      const centred = g.node('Sub', [x, g.node('ReduceMean', [x], { axes: [-1] })]);
      const variance = g.node('ReduceMean', [g.node('Pow', [centred, g.number(2)])], { axes: [-1] });
      const normal = g.node('Div', [centred, g.node('Sqrt', [g.add(variance, g.number(1e-5))])]);
      return g.add(g.mul(normal, g.vector('scale')), g.vector('shift'));
    },
    after: layerNorm,
  },
  {
    name: 'SkipLayerNormalization',
    opset: 17,
    before: (g, x) => layerNorm(g, g.node('Sum', [x, g.activation('skip')])),
    after: (g, x) =>
      g.node(
        'SkipLayerNormalization',
        [x, g.activation('skip'), g.vector('scale'), g.vector('shift')],
        {},
        microsoft,
      ),
  },
  {
    name: 'Sum in front of LayerNormalization',
    opset: 17,
    before: (g, x) => layerNorm(g, g.add(x, g.activation('skip'))),
    after: (g, x) => layerNorm(g, g.node('Sum', [x, g.activation('skip')])),
  },
  {
    name: 'SimplifiedLayerNormalization',
    opset: 17,
    before: rootMeanSquare,
    after: (g, x) =>
      g.node('SimplifiedLayerNormalization', [x, g.vector('scale')], { axis: -1, epsilon: { float: 1e-5 } }),
  },
  {
    name: 'RMSNormalization of opset 23',
    opset: 23,
    before: (g, x) => {
      const square = g.node('ReduceMean', [g.node('Pow', [x, g.number(2)]), g.integers([-1])]);
      const root = g.node('Sqrt', [g.add(square, g.number(1e-5))]);
      return g.mul(g.node('Div', [x, root]), g.vector('scale'));
    },
    after: (g, x) => g.node('RMSNormalization', [x, g.vector('scale')], { axis: -1 }),
  },
  {
    name: 'SkipSimplifiedLayerNormalization',
    opset: 17,
    before: (g, x) =>
      g.node('SimplifiedLayerNormalization', [g.node('Sum', [x, g.activation('skip')]), g.vector('scale')], {
        axis: -1,
        epsilon: { float: 1e-5 },
      }),
    after: (g, x) =>
      g.node(
        'SkipSimplifiedLayerNormalization',
        [x, g.activation('skip'), g.vector('scale')],
        { epsilon: { float: 1e-5 } },
        microsoft,
      ),
  },
  {
    name: 'EmbedLayerNormalization',
    opset: 17,
    before: (g, x) => {
      const words = g.node('Gather', [g.matrix('words', 1000, g.width), g.ids()]);
      const types = g.node('Gather', [g.matrix('types', 2, g.width), g.types()]);
      const positions = g.matrix('positions', g.rows, g.width);
      return g.add(x, layerNorm(g, g.add(g.add(words, types), positions)));
    },
    after: (g, x) => {
      const cast = (/** @type {Value} */ value) => g.node('Cast', [value], { to: 6 });
      const inputs = [
        cast(g.ids()),
        cast(g.types()),
        g.matrix('words', 1000, g.width),
        g.matrix('positions', g.rows, g.width),
        g.matrix('types', 2, g.width),
        g.vector('scale'),
        g.vector('shift'),
      ];
      return g.add(x, g.nodes('EmbedLayerNormalization', inputs, {}, 2, microsoft)[0]);
    },
  },
  {
    name: 'MultiHeadAttention',
    opset: 17,
    before: (g, x) => written(g, x, x, x),
    after: (g, x) => g.node('MultiHeadAttention', [x, x, x], { num_heads: g.heads }, microsoft),
  },
  {
    name: 'MultiHeadAttention with biases',
    opset: 17,
    before: (g, x) => written(g, ...g.three((name) => g.add(x, g.vector(name)))),
    after: (g, x) =>
      g.node(
        'MultiHeadAttention',
        [x, x, x, g.vectors(['query', 'key', 'value'])],
        { num_heads: g.heads },
        microsoft,
      ),
  },
  {
    name: 'MultiHeadAttention with a mask',
    opset: 17,
    before: (g, x) => written(g, x, x, x, maskBias(g)),
    after: (g, x) =>
      g.node(
        'MultiHeadAttention',
        [x, x, x, undefined, g.node('Cast', [g.mask()], { to: 6 })],
        { num_heads: g.heads, mask_filter_value: { float: -10_000 } },
        microsoft,
      ),
  },
  {
    name: 'Attention (projections and all)',
    opset: 17,
    before: (g, x) => written(g, ...g.three((name) => projected(g, x, name))),
    after: (g, x) =>
      g.node(
        'Attention',
        [x, g.matrices(three), g.vectors(three.map((name) => `${name} bias`))],
        { num_heads: g.heads },
        microsoft,
      ),
  },
  {
    name: 'Attention (projections, mask and all)',
    opset: 17,
    before: (g, x) => written(g, ...g.three((name) => projected(g, x, name)), maskBias(g)),
    after: (g, x) => {
      const bias = g.once('square bias', () =>
        g.node('Expand', [maskBias(g), g.integers([1, 1, g.rows, g.rows])]),
      );
      const inputs = [x, g.matrices(three), g.vectors(three.map((name) => `${name} bias`))];
      return g.node('Attention', [...inputs, undefined, undefined, bias], { num_heads: g.heads }, microsoft);
    },
  },
  {
    name: 'Attention of opset 23',
    opset: 23,
    before: (g, x) => written(g, x, x, x),
    after: (g, x) => g.node('Attention', [x, x, x], { q_num_heads: g.heads, kv_num_heads: g.heads }),
  },
  {
    name: 'GroupQueryAttention',
    opset: 17,
    before: (g, x) => written(g, x, x, x, g.causal()),
    after: (g, x) =>
      g.node(
        'GroupQueryAttention',
        [x, x, x, undefined, undefined, g.constantInt32([1], [g.rows - 1]), g.constantInt32([], [g.rows])],
        { num_heads: g.heads, kv_num_heads: g.heads },
        microsoft,
      ),
  },
  {
    name: 'RotaryEmbedding',
    opset: 17,
    before: (g, x) => {
      const turned = rotated(g, heads(g, x, [0, 2, 1, 3]));
      return g.node('Reshape', [
        g.node('Transpose', [turned], { perm: [0, 2, 1, 3] }),
        g.integers([0, 0, g.width]),
      ]);
    },
    after: (g, x) =>
      g.node(
        'RotaryEmbedding',
        [x, g.positions(), g.angles('cos', false), g.angles('sin', false)],
        { num_heads: g.heads, rotary_embedding_dim: 0 },
        microsoft,
      ),
  },
  {
    name: 'one MatMul for query, key and value',
    opset: 17,
    before: (g, x) => {
      const [q, k, v] = g.three((name) => g.node('MatMul', [x, g.matrix(name, g.width, g.width)]));
      return g.add(g.add(q, k), v);
    },
    after: (g, x) => {
      const all = g.node('MatMul', [x, g.matrices(three)]);
      const [q, k, v] = g.nodes('Split', [all, g.integers([g.width, g.width, g.width])], { axis: -1 }, 3);
      return g.add(g.add(q, k), v);
    },
  },
  {
    name: 'FusedMatMul',
    opset: 17,
    before: (g, x) =>
      g.node('Tanh', [
        g.node('MatMul', [g.node('MatMul', [x, g.node('Transpose', [x], { perm: [0, 2, 1] })]), x]),
      ]),
    after: (g, x) =>
      g.node('Tanh', [g.node('MatMul', [g.node('FusedMatMul', [x, x], { transB: 1 }, microsoft), x])]),
  },
  {
    name: 'FusedConv',
    opset: 17,
    before: (g, x) => g.flat(g.node('Relu', [g.conv(x, 'Conv')])),
    after: (g, x) => g.flat(g.conv(x, 'FusedConv', { activation: 'Relu' }, microsoft)),
  },
  {
    name: 'HardSwish',
    opset: 14,
    before: (g, x) => {
      const clip = g.node('Clip', [g.add(x, g.number(3)), g.number(0), g.number(6)]);
      return g.node('Div', [g.mul(x, clip), g.number(6)]);
    },
    after: (g, x) => g.node('HardSwish', [x]),
  },
  {
    name: 'Softplus',
    opset: 17,
    before: (g, x) => g.node('Log', [g.add(g.node('Exp', [x]), g.number(1))]),
    after: (g, x) => g.node('Softplus', [x]),
  },
  {
    name: 'Mish',
    opset: 18,
    before: (g, x) => g.mul(x, g.node('Tanh', [g.node('Softplus', [x])])),
    after: (g, x) => g.node('Mish', [x]),
  },
  {
    name: 'Softmax',
    opset: 17,
    before: (g, x) => {
      const power = g.node('Exp', [g.node('Sub', [x, g.node('ReduceMax', [x], { axes: [-1] })])]);
      return g.node('Div', [power, g.node('ReduceSum', [power, g.integers([-1])])]);
    },
    after: (g, x) => g.node('Softmax', [x], { axis: -1 }),
  },
  {
    name: 'LpNormalization',
    opset: 17,
    before: (g, x) => {
      const norm = g.node('ReduceL2', [x], { axes: [-1] });
      return g.node('Div', [x, g.node('Max', [norm, g.number(1e-12)])]);
    },
    after: (g, x) => g.node('LpNormalization', [x], { axis: -1, p: 2 }),
  },
  {
    name: 'InstanceNormalization',
    opset: 17,
    before: (g, x) => {
      const image = g.image(x);
      const centred = g.node('Sub', [image, g.node('ReduceMean', [image], { axes: [2, 3] })]);
      const variance = g.node('ReduceMean', [g.mul(centred, centred)], { axes: [2, 3] });
      const normal = g.node('Div', [centred, g.node('Sqrt', [g.add(variance, g.number(1e-5))])]);
      return g.flat(g.add(g.mul(normal, g.channels('scale')), g.channels('shift')));
    },
    after: (g, x) =>
      g.flat(g.node('InstanceNormalization', [g.image(x), g.vector('scale'), g.vector('shift')])),
  },
  {
    name: 'GroupNormalization',
    opset: 21,
    before: (g, x) => {
      const grouped = g.node('Reshape', [g.image(x), g.integers([0, 4, -1])]);
      const normal = g.node('InstanceNormalization', [grouped, g.ones(4), g.zeros(4)]);
      const back = g.node('Reshape', [normal, g.integers([1, g.width, g.rows / 8, 8])]);
      return g.flat(g.add(g.mul(back, g.channels('scale')), g.channels('shift')));
    },
    after: (g, x) =>
      g.flat(
        g.node('GroupNormalization', [g.image(x), g.vector('scale'), g.vector('shift')], { num_groups: 4 }),
      ),
  },
  {
    name: 'Einsum to Transpose and MatMul',
    opset: 17,
    before: (g, x) => g.node('Tanh', [g.equation('brc,bsc->brs', [x, x], 'brs,bsc->brc')]),
    after: (g, x) => {
      const scores = g.node('MatMul', [x, g.node('Transpose', [x], { perm: [0, 2, 1] })]);
      return g.node('Tanh', [g.node('MatMul', [scores, x])]);
    },
  },
];
