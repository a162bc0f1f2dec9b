import type { Attribute } from '../ir/attribute.js';
import type { Graph } from '../ir/graph.js';
import type { ModelFunction } from '../ir/model.js';
import type { Node } from '../ir/node.js';
import { formatType } from '../ir/types.js';
import type { Value } from '../ir/value.js';
import type { Tensor } from '../tensor/tensor.js';
import { attributeCodes, cloneMessage } from './messages.js';
import type {
  AttributeMessage,
  FunctionMessage,
  GraphMessage,
  NodeMessage,
  OpsetMessage,
  TensorMessage,
  ValueInfoMessage,
} from './messages.js';
import { normalizeDomain, readAs, readOpsets } from './read-graph.js';
import { readType, writeType } from './value-type.js';

/** How tensors are put into the file: inside, or somewhere else. */
export type TensorWriter = (name: string, tensor: Tensor) => TensorMessage;

/**
 * The message of a graph. It starts from what was read, so that fields that the graph does not model stay;
 * what did not change is written just as it came.
 */
export function writeGraph(graph: Graph, writeTensor: TensorWriter): GraphMessage {
  const origin = (graph.carried ?? {}) as GraphMessage;
  const message = cloneMessage(origin);
  if ((origin.name ?? '') !== graph.name) message.name = graph.name;
  message.node = [...graph.nodes()].map((node) => writeNode(node, writeTensor));
  message.initializer = inOriginalOrder([...graph.constants()], origin.initializer).map((value) =>
    writeTensor(value.name, value.constant),
  );
  message.input = writeValueInfos(graph.inputs, origin.input ?? []);
  message.output = writeValueInfos(graph.outputs, origin.output ?? []);
  message.valueInfo = writeDeclaredTypes(graph, origin.valueInfo ?? []);
  if (origin.sparseInitializer !== undefined) {
    message.sparseInitializer = origin.sparseInitializer.filter(
      (sparse) => graph.get(sparse.values?.name ?? '')?.sparseConstant === sparse,
    );
  }
  return message;
}

export function writeFunction(body: ModelFunction, writeTensor: TensorWriter): FunctionMessage {
  const origin = (body.carried ?? {}) as FunctionMessage;
  const message = cloneMessage(origin);
  message.name = body.name;
  if (normalizeDomain(origin.domain) !== body.domain || origin.domain === undefined)
    message.domain = body.domain;
  if ((origin.overload ?? '') !== body.overload) message.overload = body.overload;
  message.input = body.graph.inputs.map((value) => value.name);
  message.output = body.graph.outputs.map((value) => value.name);
  message.attribute = [...body.attributeNames];
  message.attributeProto = writeAttributes(body.attributeDefaults, writeTensor);
  message.node = [...body.graph.nodes()].map((node) => writeNode(node, writeTensor));
  message.opsetImport = writeOpsets(body.opsets, origin.opsetImport);
  message.valueInfo = writeDeclaredTypes(body.graph, origin.valueInfo ?? []);
  return message;
}

export function writeOpsets(
  opsets: ReadonlyMap<string, number>,
  origin: OpsetMessage[] | undefined,
): OpsetMessage[] {
  const before = readOpsets(origin);
  const same =
    before.size === opsets.size && [...opsets].every(([domain, version]) => before.get(domain) === version);
  if (same && origin !== undefined) return origin;
  return [...opsets].map(([domain, version]) => ({ domain, version }));
}

function writeNode(node: Node, writeTensor: TensorWriter): NodeMessage {
  const origin = (node.carried ?? {}) as NodeMessage;
  const message = cloneMessage(origin);
  message.input = node.inputs.map((value) => value?.name ?? '');
  message.output = node.outputs.map((value) => value?.name ?? '');
  message.opType = node.opType;
  if ((origin.name ?? '') !== node.name) message.name = node.name;
  if (normalizeDomain(origin.domain) !== node.domain) message.domain = node.domain;
  if ((origin.overload ?? '') !== node.overload) message.overload = node.overload;
  message.attribute = writeAttributes(node.attributes, writeTensor);
  return message;
}

function writeAttributes(
  attributes: ReadonlyMap<string, Attribute>,
  writeTensor: TensorWriter,
): AttributeMessage[] {
  return [...attributes].map(([name, attribute]) => writeAttribute(name, attribute, writeTensor));
}

function writeAttribute(name: string, attribute: Attribute, writeTensor: TensorWriter): AttributeMessage {
  const origin = attribute.carried as AttributeMessage | undefined;
  const message: AttributeMessage = origin === undefined ? {} : cloneMessage(origin);
  message.name = name;
  // Bodies may have been edited in place and tensors may be external: these are always written anew.
  switch (attribute.kind) {
    case 'tensor':
      message.t = writeTensor(origin?.t?.name ?? '', attribute.value);
      break;
    case 'tensors':
      message.tensors = attribute.value.map((tensor, index) =>
        writeTensor(origin?.tensors?.[index]?.name ?? '', tensor),
      );
      break;
    case 'graph':
      message.g = writeGraph(attribute.value, writeTensor);
      break;
    case 'graphs':
      message.graphs = attribute.value.map((graph) => writeGraph(graph, writeTensor));
      break;
    default:
      if (origin !== undefined) return message;
  }
  if (origin !== undefined || attribute.kind === 'other') return message;
  message.type = attributeCodes[attribute.kind];
  switch (attribute.kind) {
    case 'float':
      message.f = attribute.value;
      break;
    case 'int':
      message.i = toLong(attribute.value);
      break;
    case 'string':
      message.s = new TextEncoder().encode(attribute.value);
      break;
    case 'floats':
      message.floats = [...attribute.value];
      break;
    case 'ints':
      message.ints = attribute.value.map(toLong);
      break;
    case 'strings':
      message.strings = attribute.value.map((text) => new TextEncoder().encode(text));
      break;
  }
  return message;
}

/** The encoder takes anything with `low` and `high` words for an int64. */
function toLong(value: bigint): number {
  const words = {
    low: Number(BigInt.asIntN(32, value)),
    high: Number(BigInt.asIntN(32, value >> 32n)),
    unsigned: false,
  };
  return words as unknown as number;
}

/** Each by its place in the file, else by its name: old files list an output twice. */
function writeValueInfos(values: readonly Value[], origin: readonly ValueInfoMessage[]): ValueInfoMessage[] {
  const byName = new Map(origin.map((info) => [info.name ?? '', info]));
  return values.map((value, index) => {
    const inPlace = origin[index];
    return writeValueInfo(value, inPlace?.name === value.name ? inPlace : byName.get(value.name));
  });
}

function writeValueInfo(value: Value, origin: ValueInfoMessage | undefined): ValueInfoMessage {
  if (origin === undefined) return value.type === undefined ? { name: value.name } : typed({}, value);
  const before = origin.type ? formatType(readType(origin.type)) : '?';
  const unchanged =
    value.type === undefined || readAs(origin) === value.type || before === formatType(value.type);
  return unchanged ? origin : typed(cloneMessage(origin), value);
}

function typed(message: ValueInfoMessage, value: Value): ValueInfoMessage {
  message.name = value.name;
  if (value.type !== undefined) message.type = writeType(value.type);
  return message;
}

/** Declarations as they stood in the file, less those of values that are gone, then the new ones. */
function writeDeclaredTypes(graph: Graph, origin: readonly ValueInfoMessage[]): ValueInfoMessage[] {
  const kept: ValueInfoMessage[] = [];
  const written = new Set<string>();
  for (const info of origin) {
    const name = info.name ?? '';
    const value = graph.get(name);
    // A name that no value has here either meant nothing when the file was read, or its value is gone.
    if (value === undefined ? readAs(info) !== undefined : !value.typeDeclared) continue;
    kept.push(value === undefined ? info : writeValueInfo(value, info));
    written.add(name);
  }
  for (const value of graph.values()) {
    const described = value.isGraphInput || value.isGraphOutput || value.constant !== undefined;
    if (value.typeDeclared && !described && value.type !== undefined && !written.has(value.name)) {
      kept.push(typed({}, value));
    }
  }
  return kept;
}

function inOriginalOrder<T extends Value>(values: T[], origin: readonly TensorMessage[] | undefined): T[] {
  const place = new Map((origin ?? []).map((tensor, index) => [tensor.name ?? '', index]));
  const at = (value: T): number => place.get(value.name) ?? place.size;
  return values.sort((a, b) => at(a) - at(b));
}
