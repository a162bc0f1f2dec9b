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
    for (const [name, columns] of [
      ['up', width],
      ['down', inner],
    ]) {
      const output = `block${block}.${name}`;
      const input = before.graph.get(output).producer.inputs[0].name;
      const values = random.normals(rows * columns);
      const reference = await computed(before, input, output, [rows, columns], values);
      const result = await computed(after, input, output, [rows, columns], values);
      least = Math.min(least, decibels(reference, result));
      compared += 1;
    }
  }
  return { least, compared };
}

/** What lies between two values of a model, run by itself. */
async function computed(model, input, output, dims, values) {
  const part = between(model, input, output);
  const { dtype } = part.graph.inputs[0].type;
  const session = await openSession(part, { threads: 1 });
  try {
    const results = await session.run(new Map([[input, Tensor.fromNumbers(dtype, dims, values)]]));
    return results.get(output).toFloat32();
  } finally {
    await session.close();
  }
}

function between(model, input, output) {
  const graph = new Graph('part');
  const twins = new Map();
  const copy = (value) => {
    if (value === undefined) return undefined;
    if (twins.has(value)) return twins.get(value);
    const { producer, constant } = value;
    if (value.name !== input && producer !== undefined) {
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
    else if (value.name === input) graph.addInput(twin);
    else throw new Error(`${output} also depends on ${value.name}`);
    return twin;
  };
  const declare = (value) => {
    const type = value.type ?? (value.constant && tensorType(value.constant.dtype, value.constant.dims));
    const twin = graph.declare(value.name, type);
    twins.set(value, twin);
    return twin;
  };
  const end = model.graph.get(output);
  if (end === undefined) throw new Error(`${output} is not in the model`);
  graph.addOutput(copy(end));
  return new Model(graph, model.opsets, model.irVersion);
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
