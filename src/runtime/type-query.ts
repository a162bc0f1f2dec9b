import type { Model } from '../ir/model.js';
import { tensorType, type ValueType } from '../ir/types.js';
import type { Value } from '../ir/value.js';
import type { GraphMessage, TensorMessage } from '../onnx/messages.js';
import { modelType } from '../onnx/schema.js';
import { writeType } from '../onnx/value-type.js';
import { modelMessage, tensorMessage } from '../onnx/write.js';
import { dtypeCode, type DType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';

/** How a model is put to the runtime when it is asked for the types of its values. */
export interface TypeQuery {
  /** `as-inputs`: large weights are declared only, so that none is copied or loaded. */
  readonly weights: 'as-inputs' | 'kept';
  /** `dropped`: what the file declares about values is not believed (an edit may have made it wrong). */
  readonly declarations: 'dropped' | 'kept';
  /** The types of the graph inputs, with symbolic dimensions bound or not. */
  readonly inputType: (value: Value) => ValueType | undefined;
  /** Values of the main graph whose content has been found out: their nodes are left out. */
  readonly folded: ReadonlyMap<string, Tensor>;
}

/**
 * A constant above this many elements is a weight, whose values say nothing about shapes. Shapes, axes,
 * pads, scales of Resize and the like are far smaller.
 */
const weightElements = 1024;
const weightTypes: ReadonlySet<DType> = new Set(['float32', 'float16', 'float64', 'int8', 'uint8']);

/**
 * The model as a question: every value that a node computes is listed in `value_info` by its bare name, and
 * the runtime fills in the types, in subgraphs too, when it writes the graph out again. It does so for a
 * graph that it has changed, so that each gets a node that it must change at any optimization level.
 */
export function encodeTypeQuery(model: Model, query: TypeQuery): Uint8Array {
  const weights = query.weights === 'as-inputs' ? liftableWeights(model) : new Set<Tensor>();
  const message = modelMessage(model, (name, tensor) =>
    weights.has(tensor) ? { name } : tensorMessage(name, tensor, true),
  );
  // Below 4, constants would have to be inputs as well.
  message.irVersion = Math.max(4, model.irVersion);
  const main = message.graph!;
  askForTypes(main, query.declarations, true);
  provokeChange(main, freshPrefix(model));
  if (!model.opsets.has(''))
    message.opsetImport = [...(message.opsetImport ?? []), { domain: '', version: 13 }];
  const lifted = new Set<string>();
  for (const value of model.graph.constants()) if (weights.has(value.constant)) lifted.add(value.name);
  main.initializer = (main.initializer ?? []).filter(({ name = '' }) => !lifted.has(name));
  main.input = [
    ...model.graph.requiredInputs.map((value) => info(value.name, query.inputType(value))),
    ...[...model.graph.constants()]
      .filter(({ name }) => lifted.has(name))
      .map(({ name, constant }) => info(name, tensorType(constant.dtype, constant.dims))),
  ];
  if (query.folded.size > 0) substitute(main, query.folded);
  return modelType.encode(message).finish();
}

/**
 * Puts a float16 operator without a float16 kernel into a graph and all graphs inside: the runtime always
 * wraps it into Casts. Its result is not used.
 */
function provokeChange(graph: GraphMessage, prefix: string): void {
  let count = 0;
  const visit = (graph: GraphMessage): void => {
    for (const body of bodies(graph)) visit(body);
    const name = `${prefix}${count++}`;
    const zero = {
      name: `${name}_zero`,
      dims: [1],
      dataType: dtypeCode('float16'),
      rawData: new Uint8Array(2),
    };
    graph.initializer = [...(graph.initializer ?? []), zero];
    graph.node = [...(graph.node ?? []), { opType: 'Softsign', input: [zero.name], output: [name], name }];
  };
  visit(graph);
}

function* bodies(graph: GraphMessage): Generator<GraphMessage> {
  for (const node of graph.node ?? []) {
    for (const attribute of node.attribute ?? []) {
      // An absent message field reads as null from protobufjs.
      if (attribute.g) yield attribute.g;
      yield* attribute.graphs ?? [];
    }
  }
}

/** A beginning that no name of the model has. */
function freshPrefix(model: Model): string {
  const names = [...model.graphs()].flatMap((graph) => [...graph.values()].map(({ name }) => name));
  let prefix = 'provoked_';
  while (names.some((name) => name.startsWith(prefix))) prefix = `_${prefix}`;
  return prefix;
}

function info(
  name: string,
  type: ValueType | undefined,
): { name: string; type?: ReturnType<typeof writeType> } {
  return type === undefined ? { name } : { name, type: writeType(type) };
}

function askForTypes(graph: GraphMessage, declarations: TypeQuery['declarations'], isMain: boolean): void {
  const described = new Set([...(graph.input ?? []), ...(graph.output ?? [])].map(({ name }) => name));
  const declared = new Map((graph.valueInfo ?? []).map((found) => [found.name ?? '', found]));
  const kept = declarations === 'kept';
  graph.valueInfo = [];
  for (const node of graph.node ?? []) {
    for (const name of node.output ?? []) {
      if (name !== '' && !described.has(name))
        graph.valueInfo.push((kept ? declared.get(name) : undefined) ?? { name });
    }
  }
  for (const body of bodies(graph)) askForTypes(body, declarations, false);
  if (kept) return;
  graph.output = (graph.output ?? []).map(({ name = '' }) => ({ name }));
  // The runtime tells a body's inputs from what the node around passes in.
  if (!isMain) graph.input = (graph.input ?? []).map(({ name = '' }) => ({ name }));
}

/** Leaves out the nodes all of whose outputs are known, and puts the outputs in as constants. */
function substitute(graph: GraphMessage, folded: ReadonlyMap<string, Tensor>): void {
  const gone = new Set<string>();
  graph.node = (graph.node ?? []).filter((node) => {
    const outputs = (node.output ?? []).filter((name) => name !== '');
    if (!outputs.every((name) => folded.has(name))) return true;
    for (const name of outputs) gone.add(name);
    return false;
  });
  const constants: TensorMessage[] = [...gone].map((name) => tensorMessage(name, folded.get(name)!, true));
  graph.initializer = [...(graph.initializer ?? []), ...constants];
  graph.valueInfo = (graph.valueInfo ?? []).filter(({ name = '' }) => !gone.has(name));
}

/** Large constants of the main graph that nothing else of the model holds as well. */
function liftableWeights(model: Model): Set<Tensor> {
  const found = new Set<Tensor>();
  for (const { constant } of model.graph.constants()) {
    if (constant.size > weightElements && weightTypes.has(constant.dtype)) found.add(constant);
  }
  for (const graph of model.graphs()) {
    if (graph !== model.graph) for (const { constant } of graph.constants()) found.delete(constant);
    for (const node of graph.nodes()) {
      for (const attribute of node.attributes.values()) {
        if (attribute.kind === 'tensor') found.delete(attribute.value);
      }
    }
  }
  return found;
}
