import { InferOptError } from '../errors.js';
import { Graph } from '../ir/graph.js';
import { Model } from '../ir/model.js';
import type { Node } from '../ir/node.js';
import { randomOperators } from '../ir/random-operators.js';
import type { Value } from '../ir/value.js';
import { byteLengthOf } from '../tensor/dtype.js';
import { elementCount, type Tensor } from '../tensor/tensor.js';
import { isExchangeable } from './exchange.js';
import { openSession, type Session, type SessionValue } from './session.js';

/** Computes the outputs of nodes from constants; what cannot be computed is absent from the result. */
export type Evaluate = (nodes: readonly Node[]) => Promise<ReadonlyMap<Value, Tensor>>;

/**
 * An evaluator for nodes of this model. Inputs of a node must be constants or outputs of nodes evaluated with it. All nodes go into one session;
 * where the runtime refuses them or fails, halves are tried, down to the nodes that it cannot compute:
 * these are absent, as are random ones, those with a body, and results that are no tensors, of a type
 * that cannot be fetched, or above `maximumBytes`.
 */
export function createEvaluator(model: Model, { maximumBytes = 2 ** 30 } = {}): Evaluate {
  return async (nodes) => {
    const results = new Map<Value, Tensor>();
    await evaluateInto(model, nodes.filter(isComputable(model)), maximumBytes, results);
    return results;
  };
}

async function evaluateInto(
  model: Model,
  nodes: readonly Node[],
  maximumBytes: number,
  results: Map<Value, Tensor>,
): Promise<void> {
  const ready = withInputs(nodes, results);
  if (ready.length === 0) return;
  try {
    const rest = await runOnce(model, ready, maximumBytes, results);
    await evaluateInto(model, rest, maximumBytes, results);
  } catch (error) {
    if (!(error instanceof InferOptError) || !(error.code === 'model' || error.code === 'data')) throw error;
    if (ready.length === 1) return;
    const middle = Math.ceil(ready.length / 2);
    await evaluateInto(model, ready.slice(0, middle), maximumBytes, results);
    await evaluateInto(model, ready.slice(middle), maximumBytes, results);
  }
}

/** Runs the nodes in a session. Gives back those to try again: all but the ones whose results would be too large. */
async function runOnce(
  model: Model,
  nodes: readonly Node[],
  maximumBytes: number,
  results: Map<Value, Tensor>,
): Promise<Node[]> {
  const { small, outputs } = build(model, nodes, results);
  const session = await openSession(small, { optimization: 'disabled', prepack: false });
  try {
    const tooLarge = outputsAbove(session, maximumBytes, outputs);
    if (tooLarge.size > 0) {
      return nodes.filter(
        (node) => !node.outputs.some((value) => value !== undefined && tooLarge.has(value)),
      );
    }
    const wanted = session.outputs.filter(({ dtype }) => dtype !== undefined && isExchangeable(dtype));
    if (wanted.length === 0) return [];
    const fetched = await session.run(
      new Map(),
      wanted.map(({ name }) => name),
    );
    for (const [name, tensor] of fetched) results.set(outputs.get(name)!, tensor);
    return [];
  } finally {
    await session.close();
  }
}

/** A model of these nodes alone; `outputs` maps its output names to our values. */
function build(
  model: Model,
  nodes: readonly Node[],
  results: ReadonlyMap<Value, Tensor>,
): { small: Model; outputs: Map<string, Value> } {
  const graph = new Graph('constants');
  const small = new Model(graph, model.opsets, Math.max(4, model.irVersion));
  small.functions.push(...model.functions);
  small.directory = model.directory;
  const twins = new Map<Value, Value>();
  const outputs = new Map<string, Value>();
  const inputTwin = (value: Value | undefined): Value | undefined => {
    if (value === undefined) return undefined;
    let twin = twins.get(value);
    if (twin === undefined) {
      twin = graph.addConstant('constant', (value.constant ?? results.get(value))!);
      twins.set(value, twin);
    }
    return twin;
  };
  for (const node of nodes) {
    const made = node.outputs.map((value) => {
      if (value === undefined) return undefined;
      const twin = graph.newValue('result');
      twins.set(value, twin);
      outputs.set(twin.name, value);
      return twin;
    });
    graph.addNode(node.opType, node.inputs.map(inputTwin), {
      domain: node.domain,
      overload: node.overload,
      attributes: node.attributes,
      outputs: made,
    });
    for (const twin of made) if (twin !== undefined) graph.addOutput(twin);
  }
  return { small, outputs };
}

/** The nodes, in data-flow order, all of whose inputs are constants, known results, or computed by a node before. */
function withInputs(nodes: readonly Node[], results: ReadonlyMap<Value, Tensor>): Node[] {
  const given = new Set(nodes);
  const available = new Map<Node, boolean>();
  const ordered: Node[] = [];
  const visit = (node: Node): boolean => {
    const known = available.get(node);
    if (known !== undefined) return known;
    available.set(node, false);
    const ready = node.inputs.every((value) => {
      if (value === undefined || value.constant !== undefined || results.has(value)) return true;
      return value.producer !== undefined && given.has(value.producer) && visit(value.producer);
    });
    available.set(node, ready);
    if (ready) ordered.push(node);
    return ready;
  };
  for (const node of nodes) visit(node);
  return ordered;
}

function outputsAbove(
  session: Session,
  maximumBytes: number,
  outputs: ReadonlyMap<string, Value>,
): Set<Value> {
  return new Set(
    session.outputs.filter((output) => bytesOf(output) > maximumBytes).map(({ name }) => outputs.get(name)!),
  );
}

/** The bytes of an output as far as its dims are known beforehand. */
function bytesOf({ dtype, dims }: SessionValue): number {
  const lengths = dims.map((dim) => (typeof dim === 'number' ? dim : 1));
  return dtype === undefined || dtype === 'string' ? 0 : byteLengthOf(dtype, elementCount(lengths));
}

function isComputable(model: Model): (node: Node) => boolean {
  const randomFunctions = new Set(
    model.functions
      .filter(({ graph }) => [...graph.nodes()].some(({ opType }) => randomOperators.has(opType)))
      .map(({ domain, name }) => `${domain}.${name}`),
  );
  return (node) =>
    !(node.domain === '' && randomOperators.has(node.opType)) &&
    !(node.is('Dropout') && node.inputs[2] !== undefined) &&
    !randomFunctions.has(`${node.domain}.${node.opType}`) &&
    [...node.subgraphs()].length === 0 &&
    node.outputs.every((value) => value?.type?.kind !== 'tensor' || isExchangeable(value.type.dtype));
}
