// Ways to make an ONNX file wrong. Each takes a decoded ModelProto and changes it in place; most of what comes out
// still decodes, so that it reaches the parts behind the decoder.

/** Sizes that overflow, wrap, or ask for more than there is. */
const badSizes = [
  0,
  -1,
  1,
  2,
  3,
  7,
  255,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 40,
  2 ** 53,
  -(2 ** 31),
];
const badFloats = [0, -0, NaN, Infinity, -Infinity, 1e38, -1e38, 1e-45, 3.5];
const operators = [
  ...[
    'Conv',
    'ConvTranspose',
    'MatMul',
    'Gemm',
    'Add',
    'Mul',
    'Relu',
    'Clip',
    'Softmax',
    'Reshape',
    'Transpose',
  ],
  ...[
    'Concat',
    'Split',
    'Slice',
    'Gather',
    'Pad',
    'Resize',
    'MaxPool',
    'AveragePool',
    'BatchNormalization',
    'LSTM',
  ],
  ...[
    'GRU',
    'RNN',
    'If',
    'Loop',
    'Scan',
    'Constant',
    'ConstantOfShape',
    'Expand',
    'Tile',
    'Identity',
    'Cast',
    'Where',
  ],
  ...[
    'QuantizeLinear',
    'DequantizeLinear',
    'QLinearConv',
    'LayerNormalization',
    'ReduceMean',
    'TopK',
    'NonZero',
  ],
  ...[
    'Squeeze',
    'Unsqueeze',
    'Shape',
    'Range',
    'EyeLike',
    'OneHot',
    'ScatterND',
    'Einsum',
    'Dropout',
    'Nothing',
  ],
];

/** @typedef {import('../fixtures/random.js').Random} Random */

/** Every graph of the model, bodies of control flow included. */
function graphsOf(model) {
  const graphs = [];
  const visit = (graph) => {
    if (!graph) return;
    graphs.push(graph);
    for (const node of graph.node ?? []) {
      for (const attribute of node.attribute ?? []) {
        visit(attribute.g);
        for (const inner of attribute.graphs ?? []) visit(inner);
      }
    }
  };
  visit(model.graph);
  return graphs;
}

const pick = (random, list) => (list === undefined ? undefined : list[random.integer(list.length)]);
const anyGraph = (model, random) => pick(random, graphsOf(model));
const anyNode = (model, random) => pick(random, anyGraph(model, random)?.node);
const anyTensor = (model, random) => {
  const graph = anyGraph(model, random);
  const constants = (graph?.node ?? []).flatMap((node) =>
    (node.attribute ?? []).flatMap(({ t }) => (t ? [t] : [])),
  );
  return pick(random, [...(graph?.initializer ?? []), ...constants]);
};
const anyInfo = (model, random) => {
  const graph = anyGraph(model, random);
  return pick(random, [...(graph?.input ?? []), ...(graph?.output ?? []), ...(graph?.valueInfo ?? [])]);
};
const anyName = (model, random) => {
  const graph = anyGraph(model, random);
  const names = [
    ...(graph?.node ?? []).flatMap((node) => [...(node.input ?? []), ...(node.output ?? [])]),
    ...(graph?.initializer ?? []).map(({ name }) => name ?? ''),
    ...(graph?.input ?? []).map(({ name }) => name ?? ''),
  ];
  return pick(random, names) ?? '';
};
const longText = (random) => 'n'.repeat(pick(random, [100, 10_000, 100_000]));
const putAny = (list, random, value) => {
  if (list.length > 0) list[random.integer(list.length)] = value;
};

/** @type {Record<string, (model: any, random: Random) => void>} */
export const mutations = {
  tensorDims(model, random) {
    const tensor = anyTensor(model, random);
    if (tensor === undefined) return;
    tensor.dims = [...(tensor.dims ?? [])];
    if (random.uniform() < 0.3) tensor.dims.push(pick(random, badSizes));
    else putAny(tensor.dims, random, pick(random, badSizes));
  },
  tensorType(model, random) {
    const tensor = anyTensor(model, random);
    if (tensor !== undefined) tensor.dataType = pick(random, [-1, 0, ...Array(26).keys(), 1000]);
  },
  tensorBytes(model, random) {
    const tensor = anyTensor(model, random);
    if (!tensor?.rawData) return;
    const bytes = Uint8Array.from(tensor.rawData);
    const cut = random.integer(bytes.length + 1);
    const longer = Uint8Array.from([...bytes.subarray(0, 64), ...bytes.subarray(0, 64)]);
    tensor.rawData = pick(random, [bytes.subarray(0, cut), longer, new Uint8Array(0)]);
  },
  tensorValues(model, random) {
    const tensor = anyTensor(model, random);
    if (!tensor?.rawData) return;
    const bytes = Uint8Array.from(tensor.rawData);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < 4 && bytes.length >= 4; i++)
      view.setFloat32(random.integer(bytes.length >> 2) * 4, pick(random, badFloats), true);
    tensor.rawData = bytes;
  },
  tensorField(model, random) {
    const tensor = anyTensor(model, random);
    if (tensor === undefined) return;
    delete tensor.rawData;
    const values = Array.from({ length: random.integer(9) }, () => pick(random, badSizes) | 0);
    tensor[pick(random, ['floatData', 'int32Data', 'int64Data', 'doubleData', 'uint64Data'])] = values;
  },
  tensorStrings(model, random) {
    const tensor = anyTensor(model, random);
    if (tensor === undefined) return;
    tensor.dataType = 8;
    tensor.stringData = Array.from({ length: random.integer(5) }, () => Uint8Array.of(255, 0, 65));
  },
  tensorExternal(model, random) {
    const tensor = anyTensor(model, random);
    if (tensor === undefined) return;
    const location = pick(random, [
      '../x',
      '/etc/passwd',
      '/dev/zero',
      '',
      'a\0b',
      '.',
      'model.onnx',
      'weights.bin',
    ]);
    tensor.dataLocation = 1;
    tensor.externalData = [
      { key: 'location', value: location },
      { key: 'offset', value: pick(random, ['0', '-1', '1e3', '99999999999999999999', '4096', 'x']) },
      { key: 'length', value: String(pick(random, badSizes)) },
    ];
  },
  dropTensor(model, random) {
    const graph = anyGraph(model, random);
    graph?.initializer?.splice(random.integer(graph.initializer.length || 1), 1);
  },
  twiceTensor(model, random) {
    const graph = anyGraph(model, random);
    const tensor = pick(random, graph?.initializer);
    if (tensor !== undefined) graph.initializer.push(tensor);
  },
  sparseTensor(model, random) {
    const graph = anyGraph(model, random);
    const tensor = pick(random, graph?.initializer);
    if (tensor === undefined) return;
    graph.sparseInitializer = [{ values: tensor, indices: tensor, dims: [pick(random, badSizes)] }];
    if (random.uniform() < 0.5) graph.initializer = graph.initializer.filter((one) => one !== tensor);
  },
  dropNode(model, random) {
    const graph = anyGraph(model, random);
    graph?.node?.splice(random.integer(graph.node.length || 1), 1);
  },
  twiceNode(model, random) {
    const graph = anyGraph(model, random);
    const node = pick(random, graph?.node);
    if (node !== undefined) graph.node.push(random.uniform() < 0.5 ? node : { ...node });
  },
  orderOfNodes(model, random) {
    const graph = anyGraph(model, random);
    if (graph?.node !== undefined) graph.node = [...graph.node].sort(() => random.uniform() - 0.5);
  },
  nodeInput(model, random) {
    const node = anyNode(model, random);
    if (node?.input !== undefined) putAny(node.input, random, anyName(model, random));
  },
  ownOutput(model, random) {
    const node = anyNode(model, random);
    if (node?.input !== undefined) putAny(node.input, random, node.output?.[0] ?? '');
  },
  nodeOutput(model, random) {
    const node = anyNode(model, random);
    if (node?.output !== undefined) putAny(node.output, random, anyName(model, random));
  },
  countOfInputs(model, random) {
    const node = anyNode(model, random);
    if (node === undefined) return;
    const side = pick(random, ['input', 'output']);
    node[side] = [...(node[side] ?? [])];
    if (random.uniform() < 0.5) node[side].pop();
    else node[side].push(...Array.from({ length: pick(random, [1, 2, 500]) }, () => anyName(model, random)));
  },
  operator(model, random) {
    const node = anyNode(model, random);
    if (node !== undefined) node.opType = pick(random, operators);
  },
  domain(model, random) {
    const node = anyNode(model, random);
    if (node !== undefined)
      node.domain = pick(random, ['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft', 'nowhere']);
  },
  attributeNumber(model, random) {
    const attribute = pick(random, anyNode(model, random)?.attribute);
    if (attribute === undefined) return;
    if (attribute.ints?.length) {
      attribute.ints = [...attribute.ints];
      if (random.uniform() < 0.3)
        attribute.ints = attribute.ints.concat(attribute.ints).slice(random.integer(3));
      else putAny(attribute.ints, random, pick(random, badSizes));
    } else if (attribute.type === 1) attribute.f = pick(random, badFloats);
    else attribute.i = pick(random, badSizes);
  },
  attributeKind(model, random) {
    const attribute = pick(random, anyNode(model, random)?.attribute);
    if (attribute !== undefined) attribute.type = pick(random, [...Array(16).keys(), -3, 99]);
  },
  attributeText(model, random) {
    const attribute = pick(random, anyNode(model, random)?.attribute);
    if (attribute === undefined) return;
    attribute.s = pick(random, [new Uint8Array(0), Uint8Array.of(255, 254), new Uint8Array(5000).fill(65)]);
    if (random.uniform() < 0.5) attribute.type = 3;
  },
  attributes(model, random) {
    const node = anyNode(model, random);
    const other = anyNode(model, random);
    if (node !== undefined && other?.attribute !== undefined) node.attribute = other.attribute;
  },
  dropAttribute(model, random) {
    const node = anyNode(model, random);
    if (node?.attribute?.length) node.attribute = node.attribute.slice(1);
  },
  type(model, random) {
    const tensorType = anyInfo(model, random)?.type?.tensorType;
    if (tensorType) tensorType.elemType = pick(random, [-1, 0, ...Array(24).keys(), 77]);
  },
  shape(model, random) {
    const shape = anyInfo(model, random)?.type?.tensorType?.shape;
    if (!shape) return;
    shape.dim = [...(shape.dim ?? [])];
    const dim = pick(random, [
      ...badSizes.map((dimValue) => ({ dimValue })),
      ...[{}, { dimParam: 'N' }, { dimParam: '' }, { dimParam: longText(random) }],
    ]);
    if (random.uniform() < 0.3) shape.dim.push(dim);
    else putAny(shape.dim, random, dim);
  },
  kindOfType(model, random) {
    const info = anyInfo(model, random);
    if (info === undefined) return;
    const inner = info.type ?? {};
    info.type = pick(random, [
      ...[undefined, {}, { sequenceType: { elemType: inner } }, { optionalType: { elemType: inner } }],
      ...[{ mapType: { keyType: 7, valueType: inner } }, { sparseTensorType: { elemType: 1 } }],
    ]);
  },
  manyDims(model, random) {
    const tensor = anyTensor(model, random);
    if (tensor !== undefined) tensor.dims = new Array(pick(random, [9, 100, 100_000])).fill(1);
  },
  nameOfInfo(model, random) {
    const info = anyInfo(model, random);
    if (info !== undefined)
      info.name = pick(random, ['', anyName(model, random), longText(random), '\0', '__proto__']);
  },
  inputs(model, random) {
    const graph = anyGraph(model, random);
    const info = pick(random, graph?.input);
    if (info === undefined) return;
    if (random.uniform() < 0.5) graph.input = graph.input.filter((one) => one !== info);
    else graph.input = [...graph.input, ...new Array(pick(random, [1, 1000])).fill(info)];
  },
  outputs(model, random) {
    const graph = anyGraph(model, random);
    if (graph?.output === undefined) return;
    graph.output = pick(random, [[], [...graph.output, ...graph.output], [{ name: anyName(model, random) }]]);
  },
  opset(model, random) {
    const opset = pick(random, model.opsetImport);
    if (opset !== undefined)
      opset.version = pick(random, [...badSizes, 5, 6, 8, 10, 11, 13, 17, 20, 21, 24, 27]);
    else model.opsetImport = [{ domain: '', version: 13 }];
  },
  noOpset(model) {
    model.opsetImport = [];
  },
  irVersion(model, random) {
    model.irVersion = pick(random, [...badSizes, 3, 4, 8, 10, 14]);
  },
  deep(model, random) {
    // Bodies in bodies: a reader that calls itself for each runs out of stack.
    const depth = pick(random, [2, 20, 90, 150, 1000]);
    let graph = { name: 'innermost', node: [], output: [] };
    for (let i = 0; i < depth; i++) {
      const body = { name: 'then_branch', type: 5, g: graph };
      graph = {
        name: `depth${i}`,
        node: [{ opType: 'If', input: ['c'], output: [`y${i}`], attribute: [body] }],
      };
    }
    anyGraph(model, random)?.node?.push(graph.node[0]);
  },
  body(model, random) {
    const node = anyNode(model, random);
    const graph = anyGraph(model, random);
    // A copy: the whole inside itself would never end.
    if (node === undefined || graph === undefined) return;
    const inner = { ...graph, node: (graph.node ?? []).filter((one) => !holdsGraph(one)).slice(0, 20) };
    node.attribute = [
      ...(node.attribute ?? []),
      { name: pick(random, ['body', 'then_branch']), type: 5, g: inner },
    ];
  },
  functions(model, random) {
    const node = anyNode(model, random);
    if (node === undefined || holdsGraph(node)) return;
    const call = { opType: 'own', domain: 'here', input: node.input, output: node.output };
    model.functions = [
      {
        name: 'own',
        domain: 'here',
        input: node.input,
        output: node.output,
        node: [random.uniform() < 0.5 ? node : call],
      },
    ];
    Object.assign(node, { ...call, attribute: [] });
  },
  metadata(model, random) {
    model.metadataProps = [
      { key: '__proto__', value: longText(random) },
      { key: '__proto__', value: 'x' },
    ];
  },
  noGraph(model, random) {
    if (random.uniform() < 0.1) delete model.graph;
    else if (model.graph) model.graph.node = [];
  },
};

function holdsGraph(node) {
  return (node.attribute ?? []).some(({ g, graphs }) => g || graphs?.length);
}

/** Damage below the level of messages: bytes changed, taken out, put in twice, or cut off. */
export function damageBytes(bytes, random) {
  let out = Uint8Array.from(bytes);
  const times = 1 + random.integer(4);
  for (let i = 0; i < times && out.length > 0; i++) {
    const at = random.integer(out.length);
    switch (random.integer(5)) {
      case 0:
        out[at] = random.integer(256);
        break;
      case 1:
        out[at] ^= 1 << random.integer(8);
        break;
      case 2:
        out = out.subarray(0, at);
        break;
      case 3: {
        const end = Math.min(out.length, at + random.integer(64));
        out = Buffer.concat([out.subarray(0, at), out.subarray(end)]);
        break;
      }
      default: {
        const end = Math.min(out.length, at + random.integer(64));
        out = Buffer.concat([out.subarray(0, end), out.subarray(at)]);
      }
    }
  }
  return out;
}
