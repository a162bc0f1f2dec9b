import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { staticDims, tensorType } from '../ir/types.js';
import type { Value } from '../ir/value.js';
import { tooLargeToRun } from '../onnx/large.js';
import { knownDims } from '../runtime/macs.js';
import { openSession } from '../runtime/session.js';
import { inferShapes } from '../runtime/shapes.js';
import type { Tensor } from '../tensor/tensor.js';
import { copyModel } from './repair/part.js';

/**
 * Sets the dims of every value of the main graph as they are for these inputs, in place: as far as they can be
 * inferred, and by one run for those that are computed. They are no declarations of the file any more. Outputs of
 * the model keep the type that they declare: gives a function that tells the dims of any value, theirs too.
 */
export async function settleDims(
  model: Model,
  inputs: ReadonlyMap<string, Tensor>,
): Promise<(value: Value) => readonly number[] | undefined> {
  try {
    await inferShapes(model, { inputDims: new Map([...inputs].map(([name, { dims }]) => [name, dims])) });
  } catch (error) {
    // A branch that these inputs do not take may refuse their dims: it then keeps what is known without them.
    if (!(error instanceof InferOptError) || error.code !== 'model') throw error;
    await inferShapes(model);
  }
  const open = [...model.graph.values()].filter(
    (value) =>
      value.producer !== undefined && value.type?.kind === 'tensor' && staticDims(value.type) === undefined,
  );
  // A run would bring all weights of a large model into memory: what is not known then stays so.
  if (open.length === 0 || tooLargeToRun(model) !== undefined) return knownDims;
  const outputs = new Map<Value, readonly number[]>();
  const copy = copyModel(model);
  const { graph } = copy;
  while (graph.outputs.length > 0) graph.removeOutput(graph.outputs.length - 1);
  const names = open.map((value) => {
    // Only the dims are fetched: the values themselves may be large.
    const told = graph.addNode('Shape', [graph.get(value.name)], { name: graph.names.fresh('dims') })
      .outputs[0]!;
    told.type = tensorType('int64');
    graph.addOutput(told);
    return told.name;
  });
  const session = await openSession(copy);
  try {
    const dims = await session.run(inputs);
    open.forEach((value, index) => {
      if (value.type?.kind !== 'tensor') return;
      const found = Array.from(dims.get(names[index]!)!.toNumbers());
      if (value.isGraphOutput) {
        outputs.set(value, found);
        return;
      }
      value.type = tensorType(value.type.dtype, found);
      value.typeDeclared = false;
    });
    return (value) => knownDims(value) ?? outputs.get(value);
  } finally {
    await session.close();
  }
}
