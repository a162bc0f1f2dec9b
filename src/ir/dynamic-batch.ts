import { InferOptError } from '../errors.js';
import type { Graph } from './graph.js';
import type { Model } from './model.js';
import type { Node } from './node.js';
import type { Value } from './value.js';
import { Tensor } from '../tensor/tensor.js';

/** What was changed to let a model take batches. */
export interface DynamicBatchReport {
  /** Inputs and outputs whose first length became open. */
  readonly opened: readonly string[];
  /** Reshape nodes whose constant shape spoke of a batch of one. */
  readonly reshapes: readonly string[];
}

/**
 * Makes a model with a batch fixed at 1 take any batch, in place: the first length of inputs and outputs becomes
 * `batch`, and shapes in Reshape nodes on the way no longer say how many samples there are. What else in a graph
 * depends on the batch cannot be seen from here: whoever calls this runs the result against single samples.
 *
 * @throws InferOptError `model` when an input or output does not begin with 1
 */
export function makeBatchDynamic(model: Model): DynamicBatchReport {
  const { graph } = model;
  const ends = [...graph.requiredInputs, ...graph.outputs];
  for (const value of ends) {
    const first = value.type?.kind === 'tensor' ? value.type.dims?.[0] : undefined;
    if (first !== 1 && typeof first === 'number') {
      throw new InferOptError(
        'model',
        `${value.name} begins with ${first}, so the batch is not its first length`,
        {
          hint: 'only a batch of 1 in the first place of every input and output can be opened',
        },
      );
    }
  }
  const opened = ends.flatMap((value) => {
    const { type } = value;
    if (type?.kind !== 'tensor' || type.dims?.[0] !== 1) return [];
    value.type = { ...type, dims: ['batch', ...type.dims.slice(1)] };
    return [value.name];
  });
  if (opened.length === 0) throw new InferOptError('model', 'no input or output begins with 1');
  forgetDeclaredShapes(graph);
  return { opened, reshapes: openReshapes(graph) };
}

/** Shapes that the file declares for values in between hold for one sample alone. */
function forgetDeclaredShapes(graph: Graph): void {
  for (const inner of graph.withSubgraphs()) {
    for (const value of inner.values()) {
      if (value.isGraphInput || value.isGraphOutput || value.constant !== undefined) continue;
      value.type = undefined;
      value.typeDeclared = false;
    }
  }
}

function openReshapes(graph: Graph): string[] {
  const changed: string[] = [];
  const dependent = new Set<Value>(graph.requiredInputs);
  for (const node of graph.nodes()) {
    if (!node.inputs.some((value) => value !== undefined && dependent.has(value))) continue;
    for (const output of node.outputs) if (output !== undefined) dependent.add(output);
    if (!node.is('Reshape') || !dependent.has(node.inputs[0]!)) continue;
    const shape = constantShape(node);
    const open = shape === undefined ? undefined : openShape(shape);
    if (open === undefined) continue;
    // A constant of its own: others may read the old one.
    node.setInput(1, graph.addConstant(`${node.inputs[1]!.name}_batch`, Tensor.int64([open.length], open)));
    changed.push(node.label);
  }
  return changed;
}

function constantShape(node: Node): number[] | undefined {
  const value = node.inputs[1];
  const tensor =
    value?.constant ??
    (value?.producer?.is('Constant') === true ? value.producer.tensor('value') : undefined);
  return tensor === undefined ? undefined : Array.from(tensor.toNumbers());
}

/**
 * A shape that means the same for one sample and leaves the number of samples open. Without -1 the first length is
 * found from the number of elements, which is right also where the batch is merged into it; with one, a leading 1
 * is copied from the input.
 */
function openShape(shape: readonly number[]): number[] | undefined {
  const [first, ...rest] = shape;
  if (first === undefined || first <= 0) return undefined;
  if (!rest.includes(-1)) return [-1, ...rest];
  return first === 1 ? [0, ...rest] : undefined;
}
