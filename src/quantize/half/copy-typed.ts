import type { Graph } from '../../ir/graph.js';
import type { Model } from '../../ir/model.js';
import { decodeModel } from '../../onnx/read.js';
import { encodeModel } from '../../onnx/write.js';

/** A copy of a model that also has the types that were inferred and not declared. */
export function copyTypedModel(model: Model): Model {
  const copy = decodeModel(encodeModel(model));
  const originals = [...model.graphs()];
  [...copy.graphs()].forEach((graph, index) => {
    copyTypes(originals[index]!, graph);
  });
  return copy;
}

function copyTypes(from: Graph, to: Graph): void {
  for (const value of to.values()) value.type = from.get(value.name)?.type ?? value.type;
}
