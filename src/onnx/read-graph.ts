import { InferOptError } from '../errors.js';
import type { Attribute } from '../ir/attribute.js';
import { Graph } from '../ir/graph.js';
import type { ModelFunction } from '../ir/model.js';
import type { Names } from '../ir/names.js';
import type { ValueType } from '../ir/types.js';
import type { Value } from '../ir/value.js';
import { checkSparse } from './check-sparse.js';
import { attributeCodes, toBigInt, toNumber } from './messages.js';
import type {
  AttributeMessage,
  FunctionMessage,
  GraphMessage,
  NodeMessage,
  OpsetMessage,
  ValueInfoMessage,
} from './messages.js';
import { readTensor } from './read-tensor.js';
import { readType } from './value-type.js';

/** Where and in what a graph stands while it is read. */
interface Scope {
  readonly parent?: Graph | undefined;
  readonly names?: Names | undefined;
  /** Folder of external data. */
  readonly directory: string | undefined;
}

/** The domain of the standard has two spellings. */
export function normalizeDomain(domain: string | undefined): string {
  return domain === undefined || domain === 'ai.onnx' ? '' : domain;
}

export function readOpsets(messages: readonly OpsetMessage[] | undefined): Map<string, number> {
  return new Map(
    (messages ?? []).map(({ domain, version }) => [normalizeDomain(domain), toNumber(version ?? 0)]),
  );
}

/**
 * A graph out of its message. Names are resolved here, in the graphs around where this one does not have
 * them; a name that nothing defines becomes a value without a source, which the verifier reports.
 */
export function readGraph(message: GraphMessage, scope: Scope): Graph {
  const graph = new Graph(message.name ?? '', scope.parent, scope.names);
  graph.carried = message;
  for (const info of message.input ?? []) {
    const value = graph.declare(info.name ?? '');
    if (info.type) value.type = readType(info.type);
    graph.addInput(value);
  }
  for (const tensor of message.initializer ?? []) {
    const name = tensor.name ?? '';
    const value = graph.get(name) ?? graph.declare(name);
    if (value.constant !== undefined)
      throw new InferOptError('model', `the initializer ${name} is defined twice`);
    value.constant = readTensor(tensor, scope.directory);
    value.type ??= { kind: 'tensor', dtype: value.constant.dtype, dims: value.constant.dims };
  }
  for (const sparse of message.sparseInitializer ?? []) {
    checkSparse(sparse);
    const name = sparse.values?.name ?? '';
    (graph.get(name) ?? graph.declare(name)).sparseConstant = sparse;
  }
  readNodes(graph, message.node ?? [], scope.directory);
  for (const info of message.output ?? []) {
    const value = graph.resolve(info.name ?? '') ?? graph.declare(info.name ?? '');
    if (info.type) value.type ??= readType(info.type);
    graph.addOutput(value);
  }
  declareTypes(graph, message.valueInfo ?? []);
  for (const info of [...(message.input ?? []), ...(message.output ?? [])]) rememberType(graph, info);
  return graph;
}

export function readFunction(message: FunctionMessage, directory: string | undefined): ModelFunction {
  const graph = new Graph(message.name ?? '');
  graph.carried = {};
  for (const name of message.input ?? []) graph.addInput(graph.declare(name));
  readNodes(graph, message.node ?? [], directory);
  for (const name of message.output ?? []) graph.addOutput(graph.resolve(name) ?? graph.declare(name));
  declareTypes(graph, message.valueInfo ?? []);
  return {
    name: message.name ?? '',
    domain: normalizeDomain(message.domain),
    overload: message.overload ?? '',
    graph,
    opsets: readOpsets(message.opsetImport),
    attributeNames: message.attribute ?? [],
    attributeDefaults: readAttributes(message.name ?? '', message.attributeProto ?? [], graph, directory),
    carried: message,
  };
}

const typeWhenRead = new WeakMap<ValueInfoMessage, ValueType | 'unknown'>();

/**
 * What the value had as its type when the file was read, where this message declares it: a file may declare
 * it twice and differently. Undefined for a message whose name no value of its graph has.
 */
export function readAs(info: ValueInfoMessage): ValueType | 'unknown' | undefined {
  return typeWhenRead.get(info);
}

function rememberType(graph: Graph, info: ValueInfoMessage): void {
  const value = graph.resolve(info.name ?? '');
  if (value !== undefined) typeWhenRead.set(info, value.type ?? 'unknown');
}

function declareTypes(graph: Graph, infos: readonly ValueInfoMessage[]): void {
  for (const info of infos) {
    const value = graph.get(info.name ?? '');
    if (value === undefined) continue;
    value.typeDeclared = true;
    if (info.type) value.type ??= readType(info.type);
  }
  for (const info of infos) if (graph.get(info.name ?? '') !== undefined) rememberType(graph, info);
}

function readNodes(graph: Graph, messages: readonly NodeMessage[], directory: string | undefined): void {
  // All outputs first: bodies may read values of nodes that stand further down.
  const shadowed = shadowedConstants(messages);
  const outputs = messages.map((message) =>
    (message.output ?? []).map((name) => {
      if (name === '') return undefined;
      return shadowed.has(message) ? graph.declareShadowed(name) : declareOutput(graph, name, message);
    }),
  );
  messages.forEach((message, index) => {
    const node = graph.addNode(
      message.opType ?? '',
      (message.input ?? []).map((name) => lookUp(graph, name)),
      {
        domain: normalizeDomain(message.domain),
        overload: message.overload ?? '',
        name: message.name ?? '',
        outputs: outputs[index]!,
      },
    );
    graph.names.claim(node.name);
    node.carried = message;
    const attributes = readAttributes(node.label, message.attribute ?? [], graph, directory);
    for (const [name, attribute] of attributes) node.attributes.set(name, attribute);
  });
}

/**
 * Constant nodes whose output a later Constant node defines again. Old PyTorch exports hold such, and the
 * runtime takes the last one.
 */
function shadowedConstants(messages: readonly NodeMessage[]): Set<NodeMessage> {
  const last = new Map<string, NodeMessage>();
  const shadowed = new Set<NodeMessage>();
  for (const message of messages) {
    const name = message.output?.[0] ?? '';
    if (message.opType !== 'Constant' || name === '') continue;
    const earlier = last.get(name);
    if (earlier !== undefined) shadowed.add(earlier);
    last.set(name, message);
  }
  return shadowed;
}

function declareOutput(graph: Graph, name: string, node: NodeMessage): Value {
  if (graph.get(name) !== undefined) {
    throw new InferOptError(
      'model',
      `${node.opType ?? '?'} node ${node.name ?? ''} defines ${name}, which is defined already`,
    );
  }
  return graph.declare(name);
}

function lookUp(graph: Graph, name: string): Value | undefined {
  return name === '' ? undefined : (graph.resolve(name) ?? graph.declare(name));
}

function readAttributes(
  owner: string,
  messages: readonly AttributeMessage[],
  graph: Graph,
  directory: string | undefined,
): Map<string, Attribute> {
  const attributes = new Map<string, Attribute>();
  for (const message of messages) {
    const name = message.name ?? '';
    if (attributes.has(name))
      throw new InferOptError('model', `node ${owner} has the attribute ${name} twice`);
    attributes.set(name, readAttribute(message, graph, directory));
  }
  return attributes;
}

function readAttribute(message: AttributeMessage, graph: Graph, directory: string | undefined): Attribute {
  const carried = { carried: message };
  switch (attributeCode(message)) {
    case attributeCodes.float:
      return { kind: 'float', value: message.f ?? 0, ...carried };
    case attributeCodes.int:
      return { kind: 'int', value: toBigInt(message.i ?? 0), ...carried };
    case attributeCodes.string:
      return { kind: 'string', value: decodeText(message.s), ...carried };
    case attributeCodes.tensor:
      return { kind: 'tensor', value: readTensor(message.t ?? {}, directory), ...carried };
    case attributeCodes.graph:
      return { kind: 'graph', value: readGraph(message.g ?? {}, { parent: graph, directory }), ...carried };
    case attributeCodes.floats:
      return { kind: 'floats', value: message.floats ?? [], ...carried };
    case attributeCodes.ints:
      return { kind: 'ints', value: (message.ints ?? []).map(toBigInt), ...carried };
    case attributeCodes.strings:
      return { kind: 'strings', value: (message.strings ?? []).map(decodeText), ...carried };
    case attributeCodes.tensors:
      return {
        kind: 'tensors',
        value: (message.tensors ?? []).map((tensor) => readTensor(tensor, directory)),
        ...carried,
      };
    case attributeCodes.graphs: {
      const bodies = (message.graphs ?? []).map((body) => readGraph(body, { parent: graph, directory }));
      return { kind: 'graphs', value: bodies, ...carried };
    }
    default: {
      if (message.sparseTensor) checkSparse(message.sparseTensor);
      for (const sparse of message.sparseTensors ?? []) checkSparse(sparse);
      const name = message.refAttrName ?? '';
      return { kind: 'other', value: undefined, ...(name === '' ? {} : { reference: name }), ...carried };
    }
  }
}

/** The attribute's type; files of IR version 1 do not say it and hold one field only. */
function attributeCode(message: AttributeMessage): number {
  if (message.refAttrName !== undefined && message.refAttrName !== '') return 0;
  if (message.type) return message.type;
  const fields = ['f', 'i', 's', 't', 'g', 'floats', 'ints', 'strings', 'tensors', 'graphs'] as const;
  const at = fields.findIndex((field) => Object.hasOwn(message, field));
  return at + 1;
}

function decodeText(bytes: Uint8Array | undefined): string {
  // An absent field of bytes reads as an empty list from protobufjs.
  return bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : '';
}
