import onnxProto from 'onnx-proto';
import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Random } from '../fixtures/random.js';

const { onnx } = onnxProto;

/**
 * Writes a stack of dense blocks (MatMul, Relu, MatMul, residual Add, LayerNormalization) whose weights lie in a data
 * file beside it: a model that no single protobuf file can hold. Input x: float32 [batch, width]; output y alike.
 *
 * @param {string} folder
 * @param {{ name: string, width: number, inner: number, blocks: number, filled: boolean }} shape
 *   `filled`: random weights; otherwise only the first row of each weight is written, and the file is sparse on the disk
 * @returns {{ file: string, weightBytes: number }}
 */
export function writeLargeModel(folder, { name, width, inner, blocks, filled }) {
  const random = new Random(11);
  const data = `${name}.weights`;
  const descriptor = openSync(join(folder, data), 'w');
  const initializer = [];
  const node = [];
  let offset = 0;
  // Random numbers are slow to draw: one weight is drawn, and each is it turned by some rows and scaled.
  const drawn = filled ? random.normals(width * inner) : random.normals(inner);
  const weight = (/** @type {string} */ title, /** @type {number} */ rows, /** @type {number} */ columns) => {
    const deviation = 1 / Math.sqrt(rows);
    const values = filled ? new Float32Array(rows * columns) : new Float32Array(columns);
    const turn = random.integer(values.length);
    for (let i = 0; i < values.length; i++) values[i] = drawn[(i + turn) % drawn.length] * deviation;
    writeSync(descriptor, new Uint8Array(values.buffer), 0, values.byteLength, offset);
    const length = rows * columns * 4;
    initializer.push({
      name: title,
      dims: [rows, columns],
      dataType: 1,
      dataLocation: 1,
      externalData: [
        { key: 'location', value: data },
        { key: 'offset', value: String(offset) },
        { key: 'length', value: String(length) },
      ],
    });
    offset += length;
    return title;
  };
  const vector = (/** @type {string} */ title, /** @type {Float32Array} */ values) => {
    initializer.push({
      name: title,
      dims: [values.length],
      dataType: 1,
      rawData: new Uint8Array(values.buffer),
    });
    return title;
  };
  const add = (/** @type {string} */ opType, /** @type {string[]} */ input, /** @type {string} */ output) => {
    node.push({ opType, name: `${output}/${opType}`, input, output: [output], attribute: [] });
    return output;
  };
  let x = 'x';
  for (let block = 0; block < blocks; block++) {
    const at = `block${block}`;
    const up = add('MatMul', [x, weight(`${at}.up.weight`, width, inner)], `${at}.up`);
    const active = add('Relu', [up], `${at}.active`);
    const down = add('MatMul', [active, weight(`${at}.down.weight`, inner, width)], `${at}.down`);
    const sum = add('Add', [x, down], `${at}.sum`);
    const scale = vector(`${at}.norm.weight`, new Float32Array(width).fill(1));
    const bias = vector(`${at}.norm.bias`, new Float32Array(width));
    x = add('LayerNormalization', [sum, scale, bias], block === blocks - 1 ? 'y' : `${at}.norm`);
  }
  ftruncateSync(descriptor, offset);
  closeSync(descriptor);
  const info = (/** @type {string} */ title) => ({
    name: title,
    type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'batch' }, { dimValue: width }] } } },
  });
  const model = {
    irVersion: 8,
    producerName: 'infer-opt scale models',
    opsetImport: [{ domain: '', version: 17 }],
    graph: { name, node, initializer, input: [info('x')], output: [info('y')] },
  };
  const file = join(folder, `${name}.onnx`);
  writeFileSync(file, onnx.ModelProto.encode(onnx.ModelProto.fromObject(model)).finish());
  return { file: basename(file), weightBytes: offset };
}

/** 8.6 GB of weights that take no disk, and 2.6 GB that do. */
export const largeModels = [
  { name: 'sparse-8gb', width: 4096, inner: 11_008, blocks: 24, filled: false },
  { name: 'random-2.5gb', width: 2048, inner: 8192, blocks: 19, filled: true },
];
