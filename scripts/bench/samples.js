import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { finished } from 'node:stream/promises';

/** How numpy calls the element types that samples come in. */
const numpyNames = new Map([
  ['float32', 'float32'],
  ['float64', 'float64'],
  ['uint8', 'uint8'],
  ['int8', 'int8'],
  ['int32', 'int32'],
  ['int64', 'int64'],
]);

/**
 * The calibration samples of a model, exactly as quantize takes them.
 * @param {string} model
 * @param {string | undefined} data
 * @param {number} [count]  instead of what the dataset file says
 */
export async function openCalibration(model, data, count) {
  const [{ readModel }, { inputSpecs }, { openDataset }] = await Promise.all([
    import('../../dist/onnx/read.js'),
    import('../../dist/ir/tensor-inputs.js'),
    import('../../dist/data/dataset.js'),
  ]);
  return (await openDataset(data, inputSpecs(await readModel(model)), { samples: count })).calibrate;
}

/**
 * Writes preprocessed samples for another tool: one raw file an input, all samples behind each other.
 * @param {{ size: number, get: (index: number) => Promise<{ inputs: Map<string, any> }> }} samples
 * @param {string} folder
 * @returns what the other tool needs to read them
 */
export async function exportSamples(samples, folder) {
  const first = await samples.get(0);
  const files = [...first.inputs].map(([name, tensor], index) => {
    const dtype = numpyNames.get(tensor.dtype);
    if (dtype === undefined) throw new Error(`input ${name} is ${tensor.dtype}, which is not exported`);
    const file = path.join(folder, `input-${index}.bin`);
    return { name, dtype, dims: [...tensor.dims], file, stream: createWriteStream(file) };
  });
  for (let index = 0; index < samples.size; index++) {
    const { inputs } = await samples.get(index);
    for (const { name, dims, stream } of files) {
      const tensor = inputs.get(name);
      if (String(tensor.dims) !== String(dims)) throw new Error(`sample ${index} has another shape: ${name}`);
      // A copy: the stream holds on to what it is given, and samples may be views of a cache.
      stream.write(Uint8Array.from(tensor.bytes()));
    }
  }
  for (const { stream } of files) {
    stream.end();
    await finished(stream);
  }
  return {
    count: samples.size,
    inputs: files.map(({ name, dtype, dims, file }) => ({ name, dtype, dims, file })),
  };
}
