import { attribute, type Attribute } from '../../src/ir/attribute.js';
import { Graph } from '../../src/ir/graph.js';
import { Model } from '../../src/ir/model.js';
import type { Node } from '../../src/ir/node.js';
import { tensorType, type ValueType } from '../../src/ir/types.js';
import type { Value } from '../../src/ir/value.js';
import type { DType } from '../../src/tensor/dtype.js';
import { normal, seededRandom } from '../../src/tensor/random.js';
import { elementCount, Tensor } from '../../src/tensor/tensor.js';

/** Whole numbers become int and ints; floats are written with `attribute.float`. */
export type Setting = number | string | readonly number[] | Tensor | Graph | Attribute;

/** A type from its text: `float32[1,batch,?]`; `float32` alone leaves the rank open. */
export function typeOf(text: string): ValueType {
  const [, dtype, dims] = /^(\w+)(?:\[(.*)\])?$/.exec(text) ?? [];
  if (dtype === undefined) throw new Error(`no type: ${text}`);
  const parts = dims?.split(',').filter((part) => part !== '');
  return tensorType(
    dtype as DType,
    parts?.map((part) => (part === '?' ? undefined : /^\d+$/.test(part) ? Number(part) : part)),
  );
}

/** Seeded normal float32 numbers. */
export function randomTensor(dims: readonly number[], seed = 1, scale = 1): Tensor {
  const random = seededRandom(seed);
  return Tensor.float32(
    dims,
    Array.from({ length: elementCount(dims) }, () => scale * normal(random)),
  );
}

export const f32 = (dims: readonly number[], values: readonly number[]): Tensor =>
  Tensor.float32(dims, values);
export const i64 = (...values: readonly number[]): Tensor => Tensor.int64([values.length], values);

/** Builds a graph in a few lines; values are given and returned as objects. */
export class GraphBuilder {
  readonly graph: Graph;

  constructor(graph: Graph) {
    this.graph = graph;
  }

  input(name: string, type: string): Value {
    const value = this.graph.declare(name, typeOf(type));
    this.graph.addInput(value);
    return value;
  }

  constant(name: string, tensor: Tensor): Value {
    const value = this.graph.declare(name, tensorType(tensor.dtype, tensor.dims));
    value.constant = tensor;
    return value;
  }

  /** A node with one output, named after the node; `type` declares what it is. */
  node(
    opType: string,
    inputs: readonly (Value | undefined)[],
    settings: Readonly<Record<string, Setting>> = {},
    more: { name?: string; type?: string; domain?: string } = {},
  ): Value {
    const value = this.nodes(opType, inputs, settings, { ...more, outputs: 1 })[0]!;
    if (more.type !== undefined) value.type = typeOf(more.type);
    return value;
  }

  /** A node with several outputs. */
  nodes(
    opType: string,
    inputs: readonly (Value | undefined)[],
    settings: Readonly<Record<string, Setting>>,
    more: { name?: string; domain?: string; outputs: number },
  ): Value[] {
    const name = more.name ?? this.graph.names.fresh(opType.toLowerCase());
    const node = this.graph.addNode(opType, inputs, {
      name,
      domain: more.domain ?? '',
      outputs: more.outputs,
      outputName: `${name}_out`,
      attributes: Object.entries(settings).map(([key, setting]) => [key, toAttribute(setting)]),
    });
    return node.outputs.map((value) => value!);
  }

  /** Makes the value an output, under that name when given, with that type when given. */
  output(value: Value, name = value.name, type?: string): Value {
    this.graph.rename(value, name);
    if (type !== undefined) value.type = typeOf(type);
    this.graph.addOutput(value);
    return value;
  }

  /** A body for If, Loop or Scan. */
  body(name: string, fill: (inner: GraphBuilder) => void): Graph {
    const graph = new Graph(name, this.graph);
    fill(new GraphBuilder(graph));
    return graph;
  }
}

/** A model from a function that fills its graph. */
export function buildModel(opset: number, fill: (graph: GraphBuilder) => void): Model {
  const model = Model.create(opset);
  fill(new GraphBuilder(model.graph));
  return model;
}

/** The operators of the main graph, in order. */
export function operators(model: Model): string[] {
  return [...model.graph.nodes()].map((node) => node.qualifiedType);
}

/** The only node with that operator. */
export function only(model: Model, opType: string): Node {
  const found = [...model.graph.nodes()].filter((node) => node.opType === opType);
  if (found.length !== 1) throw new Error(`${found.length} nodes are ${opType}`);
  return found[0]!;
}

function toAttribute(setting: Setting): Attribute {
  if (typeof setting === 'number') return attribute.int(setting);
  if (typeof setting === 'string') return attribute.string(setting);
  if (setting instanceof Tensor) return attribute.tensor(setting);
  if (setting instanceof Graph) return attribute.graph(setting);
  if (isNumbers(setting)) return attribute.ints(setting);
  return setting;
}

function isNumbers(setting: readonly number[] | Attribute): setting is readonly number[] {
  return Array.isArray(setting);
}
