/**
 * Writes models of real size with seeded random weights, for work on latency and scale; they are made on demand and not committed.
 *
 *   node scripts/make-scale-models.js [FOLDER]      (.cache/scale-models when no folder is given)
 *
 * resnet50-shape.onnx: 25.6M parameters, 102 MB; minilm-shape.onnx: 22.6M parameters, 90 MB; mobilenet-v3-shape.onnx: 2.5M
 * parameters, 10 MB. A few seconds; each is then run once.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Random } from './fixtures/random.js';
import { minilm } from './scale-models/minilm.js';
import { mobilenetV3 } from './scale-models/mobilenet-v3.js';
import { resnet50 } from './scale-models/resnet50.js';

const folder = process.argv[2] ?? fileURLToPath(new URL('../.cache/scale-models/', import.meta.url));
mkdirSync(folder, { recursive: true });

const random = new Random(3);
const sequence = [1, 128];
const integers = (/** @type {(i: number) => number} */ make) =>
  new Tensor(
    'int64',
    BigInt64Array.from({ length: 128 }, (_, i) => BigInt(make(i))),
    sequence,
  );

const models = [
  {
    name: 'resnet50-shape.onnx',
    bytes: () => resnet50(1),
    feeds: () => ({ input: new Tensor('float32', random.normals(3 * 224 * 224), [1, 3, 224, 224]) }),
  },
  {
    name: 'minilm-shape.onnx',
    bytes: () => minilm(2),
    feeds: () => ({
      input_ids: integers(() => random.integer(30_522)),
      attention_mask: integers(() => 1),
      token_type_ids: integers(() => 0),
    }),
  },
  {
    name: 'mobilenet-v3-shape.onnx',
    bytes: () => mobilenetV3(4),
    feeds: () => ({ input: new Tensor('float32', random.normals(3 * 224 * 224), [1, 3, 224, 224]) }),
  },
];

for (const { name, bytes, feeds } of models) {
  const started = performance.now();
  const path = join(folder, name);
  const encoded = bytes();
  writeFileSync(path, encoded);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const session = await InferenceSession.create(path, { intraOpNumThreads: 1 });
  const output = Object.values(await session.run(feeds()))[0];
  const values = /** @type {Float32Array} */ (output.data);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const deviation = Math.sqrt(square);
  if (!(deviation > 1e-2 && deviation < 1e2)) {
    throw new Error(`${name}: outputs of deviation ${deviation} are not those of a healthy model`);
  }
  const megabytes = (encoded.length / 1e6).toFixed(1);
  console.log(
    `${path}: ${megabytes} MB in ${seconds} s; output [${output.dims.join(', ')}], deviation ${deviation.toFixed(3)}`,
  );
}
