import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Model } from '../ir/model.js';
import type { Node } from '../ir/node.js';
import type { GraphMessage, ModelMessage } from '../onnx/messages.js';
import { decodeModel } from '../onnx/read.js';
import { modelType } from '../onnx/schema.js';
import { encodeModel } from '../onnx/write.js';
import type { Tensor } from '../tensor/tensor.js';
import { profileModel, type KernelProfile } from './profile.js';
import { openSession } from './session.js';
import { withTemporaryFolder } from './temporary-folder.js';

/** A graph as the runtime runs it, and what a profiled run told about each node that ran. */
export interface OptimizedGraph {
  readonly model: Model;
  /** By node; a node that did not run (the other branch of an If) is absent, and so are all without a run. */
  readonly profile: ReadonlyMap<Node, KernelProfile>;
}

/**
 * Has the runtime rewrite a model as it does before running it, and hands the result to `work`; its large
 * weights can be read until that is done. Rewrites that only change the memory layout are left out (level
 * `extended`): they rename everything and replace no float kernel by an integer one. With `feeds`, the
 * rewritten graph is run once under the profiler, its nodes named anew so that each kernel is known for
 * certain.
 */
export async function withOptimizedGraph<Result>(
  source: Model | string,
  feeds: ReadonlyMap<string, Tensor> | undefined,
  threads: number,
  work: (optimized: OptimizedGraph) => Result | Promise<Result>,
): Promise<Result> {
  return withTemporaryFolder(async (folder) => {
    const written = path.join(folder, 'optimized.onnx');
    const session = await openSession(source, {
      threads,
      optimization: 'extended',
      optimizedModelPath: written,
      optimizedWeightsFile: 'optimized.weights',
    });
    await session.close();
    const model = readRuntimeModel(await readFile(written), folder);
    unshadow(model);
    const profile =
      feeds === undefined ? new Map<Node, KernelProfile>() : await runOnce(model, feeds, threads, folder);
    return work({ model, profile });
  });
}

async function runOnce(
  model: Model,
  feeds: ReadonlyMap<string, Tensor>,
  threads: number,
  folder: string,
): Promise<Map<Node, KernelProfile>> {
  // Old files list constants as inputs; one that was folded away is an input alone now.
  for (const input of model.graph.requiredInputs) {
    if (input.isUnused && !feeds.has(input.name)) model.graph.removeInput(input);
  }
  const nodes = [...model.graphs()].flatMap((graph) => [...graph.nodes()]);
  const names = nodes.map((node) => node.name);
  nodes.forEach((node, index) => {
    node.name = `kernel_${index}`;
  });
  const renamed = path.join(folder, 'renamed.onnx');
  await writeFile(renamed, encodeModel(model, { external: 'keep' }));
  nodes.forEach((node, index) => {
    node.name = names[index]!;
  });
  const profile = new Map<Node, KernelProfile>();
  for (const kernel of await profileModel(renamed, feeds, { threads, optimization: 'disabled' })) {
    const node = nodes[Number(/^kernel_(\d+)$/.exec(kernel.nodeName)?.[1])];
    if (node !== undefined) profile.set(node, kernel);
  }
  return profile;
}

/** The runtime may give a body a name that is taken around it, and then refuses to read its own file. */
function unshadow(model: Model): void {
  for (const graph of model.graphs()) {
    if (graph.parent === undefined) continue;
    for (const value of [...graph.values()]) {
      if (graph.parent.resolve(value.name) !== undefined) graph.rename(value, graph.names.fresh(value.name));
    }
  }
}

/** The runtime may write a constant twice, which the standard does not allow: the later one is left out. */
function readRuntimeModel(bytes: Uint8Array, folder: string): Model {
  const message = modelType.decode(bytes) as ModelMessage;
  const visit = (graph: GraphMessage | undefined | null): void => {
    if (!graph) return;
    const seen = new Set<string>();
    graph.initializer = (graph.initializer ?? []).filter(
      ({ name = '' }) => !seen.has(name) && seen.add(name),
    );
    for (const node of graph.node ?? []) {
      for (const attribute of node.attribute ?? []) {
        visit(attribute.g);
        for (const body of attribute.graphs ?? []) visit(body);
      }
    }
  };
  visit(message.graph);
  return decodeModel(modelType.encode(message).finish(), folder);
}
