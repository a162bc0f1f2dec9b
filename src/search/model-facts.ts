import type { ModelFacts } from '../bench/artifact-file.js';
import { externalFiles } from '../onnx/external-files.js';
import { readModel } from '../onnx/read.js';

/** What a bench wants to know of a model without running it: nodes, subgraphs counted in, and external data. */
export async function modelFacts(path: string): Promise<ModelFacts> {
  const model = await readModel(path);
  let nodes = 0;
  for (const graph of model.graphs()) nodes += [...graph.nodes()].length;
  return { nodes, files: externalFiles(model) };
}
