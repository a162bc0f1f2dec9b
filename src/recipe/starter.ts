import { basename, dirname, extname, relative, resolve } from 'node:path';
import { openDataset } from '../data/dataset.js';
import { loadModel } from '../onnx/load.js';
import { modes } from '../quantize/modes/list.js';
import { inputSpecs } from '../ir/tensor-inputs.js';
import { refuseQuantized } from '../quantize/recognize.js';

export interface StarterRequest {
  readonly model: string;
  readonly data?: string | undefined;
  /** Where the recipe will stand: its paths are from that folder. */
  readonly output: string;
}

/**
 * The text of a recipe to begin with, after a look at the model and its data: the mode that suggests itself, gates that
 * the data can tell. Throws `model` and `data` for what cannot be used.
 */
export async function starterRecipe(request: StarterRequest): Promise<string> {
  const model = await loadModel(request.model);
  refuseQuantized(model, request.model);
  const specs = inputSpecs(model);
  const dataset = await openDataset(request.data, specs, {});
  const mode = modes.find((one) => one.suggests(model))?.name ?? 'auto';
  const folder = dirname(resolve(request.output));
  const path = (file: string): string =>
    JSON.stringify(relative(folder, resolve(file)).replaceAll('\\', '/'));
  const stem = basename(request.model, extname(request.model));
  const gate = dataset.labelled ? 'top1.drop <= 0.01' : 'cosine >= 0.99';
  const inputs = specs.map(
    ({ name, dtype, dims }) => `${name} ${dtype}[${(dims ?? ['?']).map(dimText).join(', ')}]`,
  );
  return `# ${stem}: ${inputs.join(', ')}; opset ${model.opset}
# Data: ${dataset.name}, ${dataset.calibrate.size} samples to calibrate, ${dataset.evaluate.size} to evaluate
version: 1
model: ${path(request.model)}
${
  request.data === undefined
    ? '# data: dataset.yaml   # without it made-up inputs are used, and the artifact will not be accurate'
    : `data: ${path(request.data)}`
}
output: ${JSON.stringify(`${stem}.int8.onnx`)}
steps:
  - quantize: { mode: ${mode} }
  - bench:
      gates: ['speedup >= 1.1', '${gate}']
      time: 20s
`;
}

function dimText(dim: number | string | undefined): string {
  return dim === undefined || (typeof dim === 'number' && dim < 0) ? '?' : String(dim);
}
