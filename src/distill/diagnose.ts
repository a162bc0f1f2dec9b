import { copyModel } from '../prune/repair/part.js';
import { openSession } from '../runtime/session.js';
import type { Tensor } from '../tensor/tensor.js';
import { trainingName } from './graph/emitter.js';
import type { TrainingGraph } from './graph/training-graph.js';

/** Where a step first computes something that is no finite number, in words. */
export async function firstNotFinite(
  { model }: TrainingGraph,
  feeds: ReadonlyMap<string, Tensor>,
): Promise<string> {
  const bad = [...feeds].find(([, tensor]) => !isFinite(tensor));
  if (bad !== undefined) return `${bad[0]} is given numbers that are not finite`;
  const copy = copyModel(model);
  const { graph } = copy;
  while (graph.outputs.length > 0) graph.removeOutput(graph.outputs.length - 1);
  for (const node of graph.nodes()) {
    for (const value of node.outputs) {
      if (value?.type?.kind === 'tensor' && value.type.dtype === 'float32') graph.addOutput(value);
    }
  }
  const session = await openSession(copy, { optimization: 'disabled' });
  try {
    const results = await session.run(feeds);
    for (const node of graph.nodes()) {
      if (
        !node.outputs.some(
          (value) => value !== undefined && results.has(value.name) && !isFinite(results.get(value.name)!),
        )
      ) {
        continue;
      }
      if (!node.name.startsWith(trainingName)) return `layer ${node.label} gives numbers that are not finite`;
      const layer = node.name.slice(trainingName.length, node.name.lastIndexOf('/'));
      return layer === 'step' ? 'the loss is not finite' : `the gradient of layer ${layer} is not finite`;
    }
    return 'nothing in the step that could be named';
  } finally {
    await session.close();
  }
}

function isFinite(tensor: Tensor): boolean {
  if (tensor.dtype !== 'float32') return true;
  const values = tensor.toNumbers();
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}
