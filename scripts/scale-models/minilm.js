import { ModelBuilder } from '../fixtures/onnx-builder.js';
import { Random } from '../fixtures/random.js';

const LAYERS = 6;
const WIDTH = 384;
const INNER = 1536;
const HEADS = 12;
const VOCABULARY = 30_522;
const POSITIONS = 512;

/**
 * The encoder of MiniLM-L6 (a BERT with 6 layers of width 384/1536 and 12 heads): 22.6M parameters.
 * Inputs input_ids, attention_mask, token_type_ids: int64 [batch, sequence], sequence up to 512; output last_hidden_state
 * [batch, sequence, 384]. Written as PyTorch exports BERT: attention from MatMul, Transpose and Softmax, the mask added as
 * (1 - mask) * -10000, GELU from Erf, LayerNormalization as the operator of opset 17. Weights are random.
 *
 * @param {number} seed
 * @returns {Uint8Array} the ONNX file
 */
export function minilm(seed) {
  const random = new Random(seed);
  const model = new ModelBuilder({ graph: 'main_graph', opset: 17, producer: 'pytorch 2.1.0' });

  const scalar = (/** @type {string} */ name, /** @type {number} */ value) =>
    model.constant(name, [], Float32Array.of(value));
  const integers = (/** @type {string} */ name, /** @type {number[]} */ values) =>
    model.constant(name, [values.length], BigInt64Array.from(values, BigInt));

  const table = (/** @type {string} */ name, /** @type {number} */ rows, /** @type {number} */ deviation) =>
    model.initializer(
      `embeddings.${name}_embeddings.weight`,
      [rows, WIDTH],
      random.normals(rows * WIDTH, deviation),
    );

  const layerNorm = (/** @type {string} */ x, /** @type {string} */ path, /** @type {string} */ dotted) =>
    model.node(
      'LayerNormalization',
      [
        x,
        model.initializer(`${dotted}.weight`, [WIDTH], random.normals(WIDTH, 0.15, 1)),
        model.initializer(`${dotted}.bias`, [WIDTH], random.normals(WIDTH, 0.1)),
      ],
      { axis: -1, epsilon: { f: 1e-12 } },
      { name: `${path}/LayerNormalization` },
    );

  const linear = (
    /** @type {string} */ x,
    /** @type {string} */ path,
    /** @type {string} */ dotted,
    /** @type {number} */ from,
    /** @type {number} */ to,
  ) => {
    const product = model.node(
      'MatMul',
      [
        x,
        model.initializer(
          `onnx::MatMul_${dotted}`,
          [from, to],
          random.normals(from * to, 1 / Math.sqrt(from)),
        ),
      ],
      {},
      { name: `${path}/MatMul` },
    );
    const bias = model.initializer(`${dotted}.bias`, [to], random.normals(to, 0.05));
    return model.node('Add', [bias, product], {}, { name: `${path}/Add` });
  };

  const ids = model.input('input_ids', 'int64', ['batch', 'sequence']);
  const mask = model.input('attention_mask', 'int64', ['batch', 'sequence']);
  const types = model.input('token_type_ids', 'int64', ['batch', 'sequence']);

  // (1 - mask) * -10000, added to the scores
  let bias = model.node('Unsqueeze', [mask, integers('/Constant', [1, 2])], {}, { name: '/Unsqueeze' });
  bias = model.node('Cast', [bias], { to: 1 }, { name: '/Cast' });
  bias = model.node('Sub', [scalar('/Constant_1', 1), bias], {}, { name: '/Sub' });
  bias = model.node('Mul', [bias, scalar('/Constant_2', -10_000)], {}, { name: '/Mul' });

  const shape = model.node('Shape', [ids], {}, { name: '/embeddings/Shape' });
  const length = model.node(
    'Slice',
    [shape, integers('/embeddings/Constant', [1]), integers('/embeddings/Constant_1', [2])],
    {},
    { name: '/embeddings/Slice' },
  );
  const positions = model.node(
    'Slice',
    [
      model.initializer(
        'embeddings.position_ids',
        [1, POSITIONS],
        BigInt64Array.from({ length: POSITIONS }, (_, i) => BigInt(i)),
      ),
      integers('/embeddings/Constant_2', [0]),
      length,
      integers('/embeddings/Constant_3', [1]),
    ],
    {},
    { name: '/embeddings/Slice_1' },
  );
  const embedding = (
    /** @type {string} */ weight,
    /** @type {string} */ indices,
    /** @type {string} */ name,
  ) => model.node('Gather', [weight, indices], { axis: 0 }, { name: `/embeddings/${name}/Gather` });
  let x = model.node(
    'Add',
    [
      embedding(table('word', VOCABULARY, 0.06), ids, 'word_embeddings'),
      embedding(table('token_type', 2, 0.01), types, 'token_type_embeddings'),
    ],
    {},
    { name: '/embeddings/Add' },
  );
  x = model.node(
    'Add',
    [x, embedding(table('position', POSITIONS, 0.02), positions, 'position_embeddings')],
    {},
    { name: '/embeddings/Add_1' },
  );
  x = layerNorm(x, '/embeddings/LayerNorm', 'embeddings.LayerNorm');

  for (let layer = 0; layer < LAYERS; layer++) {
    const path = `/encoder/layer.${layer}`;
    const dotted = `encoder.layer.${layer}`;
    const attention = `${path}/attention/self`;
    const heads = (
      /** @type {string} */ name,
      /** @type {number[]} */ perm,
      /** @type {string} */ suffix,
    ) => {
      const projected = linear(x, `${attention}/${name}`, `${dotted}.attention.self.${name}`, WIDTH, WIDTH);
      const split = model.node(
        'Reshape',
        [projected, integers(`${attention}/Constant${suffix}`, [0, 0, HEADS, WIDTH / HEADS])],
        {},
        { name: `${attention}/Reshape${suffix}` },
      );
      return model.node('Transpose', [split], { perm }, { name: `${attention}/Transpose${suffix}` });
    };
    const query = heads('query', [0, 2, 1, 3], '');
    const key = heads('key', [0, 2, 3, 1], '_1');
    const value = heads('value', [0, 2, 1, 3], '_2');
    let scores = model.node('MatMul', [query, key], {}, { name: `${attention}/MatMul` });
    const root = scalar(`${attention}/Constant_3`, Math.sqrt(WIDTH / HEADS));
    scores = model.node('Div', [scores, root], {}, { name: `${attention}/Div` });
    scores = model.node('Add', [scores, bias], {}, { name: `${attention}/Add` });
    scores = model.node('Softmax', [scores], { axis: -1 }, { name: `${attention}/Softmax` });
    let context = model.node('MatMul', [scores, value], {}, { name: `${attention}/MatMul_1` });
    context = model.node(
      'Transpose',
      [context],
      { perm: [0, 2, 1, 3] },
      { name: `${attention}/Transpose_3` },
    );
    context = model.node(
      'Reshape',
      [context, integers(`${attention}/Constant_4`, [0, 0, WIDTH])],
      {},
      { name: `${attention}/Reshape_3` },
    );
    const attended = linear(
      context,
      `${path}/attention/output/dense`,
      `${dotted}.attention.output.dense`,
      WIDTH,
      WIDTH,
    );
    x = model.node('Add', [attended, x], {}, { name: `${path}/attention/output/Add` });
    x = layerNorm(x, `${path}/attention/output/LayerNorm`, `${dotted}.attention.output.LayerNorm`);

    const inner = linear(x, `${path}/intermediate/dense`, `${dotted}.intermediate.dense`, WIDTH, INNER);
    const gelu = `${path}/intermediate/intermediate_act_fn`;
    let error = model.node(
      'Div',
      [inner, scalar(`${gelu}/Constant`, Math.SQRT2)],
      {},
      { name: `${gelu}/Div` },
    );
    error = model.node('Erf', [error], {}, { name: `${gelu}/Erf` });
    error = model.node('Add', [error, scalar(`${gelu}/Constant_1`, 1)], {}, { name: `${gelu}/Add` });
    error = model.node('Mul', [inner, error], {}, { name: `${gelu}/Mul` });
    const activated = model.node(
      'Mul',
      [error, scalar(`${gelu}/Constant_2`, 0.5)],
      {},
      { name: `${gelu}/Mul_1` },
    );
    const outer = linear(activated, `${path}/output/dense`, `${dotted}.output.dense`, INNER, WIDTH);
    x = model.node('Add', [outer, x], {}, { name: `${path}/output/Add` });
    const last = layer === LAYERS - 1;
    x = layerNorm(x, `${path}/output/LayerNorm`, `${dotted}.output.LayerNorm`);
    if (last) model.node('Identity', [x], {}, { name: '/Identity', outputs: ['last_hidden_state'] });
  }
  model.output('last_hidden_state', 'float32', ['batch', 'sequence', WIDTH]);
  return model.encode();
}
