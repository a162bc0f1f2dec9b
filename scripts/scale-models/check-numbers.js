import { Graph } from '../../dist/ir/graph.js';
import { Model } from '../../dist/ir/model.js';
import { tensorType } from '../../dist/ir/types.js';
import { loadModel } from '../../dist/onnx/load.js';
import { openSession } from '../../dist/runtime/session.js';
import { Tensor } from '../../dist/tensor/tensor.js';
import { Random } from '../fixtures/random.js';

const rows = 4;

/**
 * Whether an artifact of a model of `writeLargeModel` computes what the original does, without holding either: each product
 * of the first, a middle and the last block by itself, on the same random numbers.
 *
 * @param {string} original
 * @param {string} artifact
 * @param {{ width: number, inner: number, blocks: number }} shape
 * @returns {Promise<{ least: number, compared: number }>} the lowest ratio of signal to noise over the products, in dB
 */
export async function checkNumbers(original, artifact, { width, inner, blocks }) {
  const [before, after] = [await loadModel(original), await loadModel(artifact)];
  const random = new Random(29);
  let least = Infinity;
  let compared = 0;
  for (const block of [0, Math.floor(blocks / 2), blocks - 1]) {
    const at = `block${block}`;
    const x = before.graph.get(`${at}.up`).producer.inputs[0].name;
    const zeros = new Float32Array(rows * width);
    // Where a rewrite took the product's own name away, the value behind it is compared; beside a residual of zeros.
    const products = [
      { outputs: [`${at}.up`, `${at}.active`], feeds: { [x]: random.normals(rows * width) } },
      {
        outputs: [`${at}.down`, `${at}.sum`],
        feeds: { [`${at}.active`]: random.normals(rows * inner), [x]: zeros },
      },
    ];
    for (const { outputs, feeds } of products) {
      const output = outputs.find((name) => after.graph.get(name) !== undefined);
      if (output === undefined) throw new Error(`${outputs.join(' and ')} are not in the artifact`);
      const [expected, found] = [await computed(before, feeds, output), await computed(after, feeds, output)];
      least = Math.min(least, decibels(expected, found));
      compared += 1;
    }
  }
  return { least, compared };
}

/** A value of a model from some that it depends on, by itself. */
async function computed(model, feeds, output) {
  const part = between(model, new Set(Object.keys(feeds)), output);
  const session = await openSession(part, { threads: 1 });
  try {
    const given = part.graph.inputs.map(({ name, type }) => [
      name,
      Tensor.fromNumbers(type.dtype, [rows, feeds[name].length / rows], feeds[name]),
    ]);
    return (await session.run(new Map(given))).get(output).toFloat32();
  } finally {
    await session.close();
  }
}

function between(model, inputs, output) {
  const graph = new Graph('part');
  const twins = new Map();
  const copy = (value) => {
    if (value === undefined) return undefined;
    if (twins.has(value)) return twins.get(value);
    const { producer, constant } = value;
    if (!inputs.has(value.name) && producer !== undefined) {
      const sources = producer.inputs.map(copy);
      const outputs = producer.outputs.map((one) => one && declare(one));
      const node = graph.addNode(producer.opType, sources, {
        ...{ domain: producer.domain, name: producer.name, outputs },
      });
      for (const [name, attribute] of producer.attributes) node.attributes.set(name, attribute);
      return twins.get(value);
    }
    const twin = declare(value);
    if (constant !== undefined) twin.constant = constant;
    else if (inputs.has(value.name)) graph.addInput(twin);
    else throw new Error(`${output} also depends on ${value.name}`);
    return twin;
  };
  const declare = (value) => {
    const { constant } = value;
    // What lies inside is declared nowhere: it is of the type that the weights are of, if that is a float.
    const type =
      value.type ??
      (constant === undefined ? tensorType(floatOf(model)) : tensorType(constant.dtype, constant.dims));
    const twin = graph.declare(value.name, type);
    twins.set(value, twin);
    return twin;
  };
  const end = model.graph.get(output);
  if (end === undefined) throw new Error(`${output} is not in the model`);
  graph.addOutput(copy(end));
  return new Model(graph, model.opsets, model.irVersion);
}

/** The type of a model's activations. */
function floatOf(model) {
  for (const { constant } of model.graph.constants()) if (constant.dtype === 'float16') return 'float16';
  return 'float32';
}

function decibels(expected, found) {
  let signal = 0;
  let noise = 0;
  for (let i = 0; i < expected.length; i++) {
    signal += expected[i] ** 2;
    noise += (expected[i] - found[i]) ** 2;
  }
  if (found.length !== expected.length || !(signal > 0)) return -Infinity;
  return noise === 0 ? Infinity : 10 * Math.log10(signal / noise);
}
