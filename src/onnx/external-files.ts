import { resolve } from 'node:path';
import type { Model } from '../ir/model.js';
import type { Tensor } from '../tensor/tensor.js';
import { parseExternalLocation } from './external-data.js';
import { originOf } from './read-tensor.js';

/** The files that hold a model's external data, each once, in the order of first use; absolute paths. */
export function externalFiles(model: Model): readonly string[] {
  const files = new Set<string>();
  const directory = model.directory;
  if (directory === undefined) return [];
  const add = (tensor: Tensor): void => {
    const entries = originOf(tensor)?.externalData;
    if (entries === undefined || entries.length === 0) return;
    files.add(resolve(directory, parseExternalLocation('', entries).location));
  };
  for (const graph of model.graphs()) {
    for (const value of graph.constants()) add(value.constant);
    for (const node of graph.nodes()) {
      for (const [, attribute] of node.attributes) {
        if (attribute.kind === 'tensor') add(attribute.value);
      }
    }
  }
  return [...files];
}
