import { attribute } from '../../ir/attribute.js';
import type { Graph } from '../../ir/graph.js';
import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import { tensorType } from '../../ir/types.js';
import type { Value } from '../../ir/value.js';
import { keptLike } from '../../onnx/scratch.js';
import { dtypeCode, type DType } from '../../tensor/dtype.js';
import { Tensor } from '../../tensor/tensor.js';
import { toHalf, vanishes, type HalfType } from './half-type.js';
import { isFixedInput, refuseHalf } from './support.js';

export interface HalfOptions {
  readonly dtype: HalfType;
  /** Inputs and outputs of the model stay float32. */
  readonly keepIo: boolean;
  readonly isExcluded: (node: Node) => boolean;
  /** Nodes that samples have shown to need float32, and why. */
  readonly watched?: ReadonlyMap<Node, string> | undefined;
}

export interface HalfReport {
  /** Nodes that compute in 16 bits. */
  readonly converted: number;
  /** Nodes that go on in float32, and why. */
  readonly kept: readonly { readonly node: string; readonly op: string; readonly reason: string }[];
}

/**
 * Turns a prepared float32 model into a 16-bit one, in place: values and constants change their type, and a
 * Cast stands wherever a node that must stay in float32 meets one that does not, once for each value. No
 * weight is clamped or lost: a node with a constant beyond the format keeps float32 and is named.
 *
 * The types of all values must have been inferred.
 */
export function convertHalf(model: Model, options: HalfOptions): HalfReport {
  const conversion = new HalfConversion(model, options);
  return conversion.run();
}

class HalfConversion {
  readonly #model: Model;
  readonly #options: HalfOptions;
  readonly #kept = new Map<Node, string>();
  readonly #halfConstants = new Map<Value, Value>();
  /** Casts by graph, value and target type. */
  readonly #casts = new Map<Graph, Map<Value, Map<DType, Value>>>();

  constructor(model: Model, options: HalfOptions) {
    this.#model = model;
    this.#options = options;
  }

  run(): HalfReport {
    const graphs = [...this.#model.graphs()];
    const nodes = graphs.flatMap((graph) => [...graph.nodes()]);
    // Which values were float32 before anything changes.
    const floats = new Set<Value>();
    for (const graph of graphs) for (const value of graph.values()) if (isFloat32(value)) floats.add(value);
    const touching = nodes.filter((node) => touches(node, floats));
    for (const node of touching) this.#decide(node, floats);
    this.#keepGuards(touching, floats);
    const half = new Set<Value>();
    for (const value of floats) if (this.#becomesHalf(value)) half.add(value);
    for (const node of nodes) this.#connect(node, floats, half);
    for (const node of nodes) if (!this.#kept.has(node)) this.#retypeAttributes(node);
    for (const graph of graphs) this.#connectOutputs(graph, floats, half);
    for (const value of half) value.type = withDtype(value, this.#options.dtype);
    this.#takeNames();
    return {
      converted: touching.length - this.#kept.size,
      kept: [...this.#kept].map(([node, reason]) => ({ node: node.label, op: node.opType, reason })),
    };
  }

  /** A twin whose original is gone takes over its name. */
  #takeNames(): void {
    for (const [original, twin] of this.#halfConstants) {
      if (twin.isUnused) twin.graph.removeValue(twin);
      if (!original.isUnused || original.isGraphInput) continue;
      original.graph.removeValue(original);
      if (!twin.isUnused) twin.graph.rename(twin, original.name);
    }
  }

  #decide(node: Node, floats: ReadonlySet<Value>): void {
    const { dtype, isExcluded, watched } = this.#options;
    // A node with bodies passes values through; the nodes inside decide for themselves.
    if (node.subgraphs().next().done !== true) return;
    const reason = isExcluded(node)
      ? 'excluded by name'
      : (refuseHalf(node, dtype, this.#model.opset) ?? this.#beyond(node, floats) ?? watched?.get(node));
    if (reason !== undefined) this.#kept.set(node, reason);
  }

  /** Why a constant of the node cannot be had in 16 bits. */
  #beyond(node: Node, floats: ReadonlySet<Value>): string | undefined {
    const index = node.inputs.findIndex(
      (value, at) =>
        value?.constant !== undefined &&
        floats.has(value) &&
        !isFixedInput(node, at) &&
        this.#halfConstant(value) === undefined,
    );
    if (node.is('Constant', 'ConstantOfShape')) {
      const fill = node.tensor('value');
      if (fill?.dtype === 'float32' && toHalf(fill, this.#options.dtype) === undefined)
        return `it holds a number beyond ${this.#options.dtype}`;
      // Only as a tensor is the type of the content its own.
      if (node.is('Constant') && fill === undefined) return 'its content is given as plain numbers';
    }
    return index < 0
      ? undefined
      : `its constant ${node.inputs[index]!.name} goes beyond ${this.#options.dtype}`;
  }

  /**
   * An epsilon that would become 0 guards nothing any more: the node that adds it and those that read the sum (a root or
   * a division) keep float32.
   */
  #keepGuards(nodes: readonly Node[], floats: ReadonlySet<Value>): void {
    for (const node of nodes) {
      if (this.#kept.has(node)) continue;
      const gone = node.inputs.find((value, at) => {
        if (value?.constant === undefined || !floats.has(value) || isFixedInput(node, at)) return false;
        return vanishes(value.constant, this.#options.dtype);
      });
      if (gone === undefined) continue;
      const reason = `its constant ${gone.name} would become 0 in ${this.#options.dtype}`;
      this.#kept.set(node, reason);
      for (const { node: reader } of node.outputs.flatMap((value) => value?.uses ?? []))
        if (reader.subgraphs().next().done === true && !this.#kept.has(reader))
          this.#kept.set(reader, `it reads ${node.label}: ${reason}`);
    }
  }

  /** Constants keep their value and get a 16-bit twin; inputs of the model keep their type on request. */
  #becomesHalf(value: Value): boolean {
    if (value.constant !== undefined) return false;
    if (value.producer !== undefined) return !this.#kept.has(value.producer);
    const main = value.graph === this.#model.graph;
    return value.isGraphInput && !(main && this.#options.keepIo);
  }

  #connect(node: Node, floats: ReadonlySet<Value>, half: ReadonlySet<Value>): void {
    const kept = this.#kept.has(node);
    node.inputs.forEach((value, index) => {
      if (value === undefined || !floats.has(value)) return;
      const wantsHalf = !kept && !isFixedInput(node, index) && node.subgraphs().next().done === true;
      const isBody = node.subgraphs().next().done !== true;
      if (value.constant !== undefined) {
        if (wantsHalf || isBody) node.setInput(index, this.#halfConstant(value) ?? value);
        return;
      }
      if (isBody ? !half.has(value) : wantsHalf !== half.has(value)) {
        const target = isBody || wantsHalf ? this.#options.dtype : 'float32';
        node.setInput(index, this.#cast(value, target, node.graph, node));
      }
    });
  }

  /** Outputs of the model keep float32 on request; those of bodies become 16-bit as their node's are. */
  #connectOutputs(graph: Graph, floats: ReadonlySet<Value>, half: ReadonlySet<Value>): void {
    const wanted: DType =
      graph === this.#model.graph && this.#options.keepIo ? 'float32' : this.#options.dtype;
    graph.outputs.forEach((value, index) => {
      if (!floats.has(value)) return;
      const is = half.has(value) ? this.#options.dtype : 'float32';
      if (is === wanted) return;
      const type = value.type;
      const cast = this.#cast(value, wanted, graph, undefined);
      graph.setOutput(index, cast);
      if (value.graph !== graph || value.isGraphInput) return;
      graph.swapNames(value, cast);
      cast.type = wanted === 'float32' ? type : withDtype(cast, wanted);
    });
  }

  #retypeAttributes(node: Node): void {
    const code = dtypeCode(this.#options.dtype);
    for (const name of ['to', 'dtype']) {
      const found = node.attributes.get(name);
      if (found?.kind === 'int' && found.value === 1n) node.attributes.set(name, attribute.int(code));
    }
    const content = node.is('Constant') ? node.tensor('value') : undefined;
    const half = content?.dtype === 'float32' ? toHalf(content, this.#options.dtype) : undefined;
    if (half !== undefined) node.attributes.set('value', attribute.tensor(half));
    const fill = node.is('ConstantOfShape') ? node.tensor('value') : undefined;
    // Without a value it fills with float32 zeros.
    if (node.is('ConstantOfShape') && (fill === undefined || fill.dtype === 'float32')) {
      const converted = fill === undefined ? undefined : toHalf(fill, this.#options.dtype);
      node.attributes.set(
        'value',
        attribute.tensor(converted ?? Tensor.fromNumbers(this.#options.dtype, [1], [0])),
      );
    }
  }

  #halfConstant(value: Value): Value | undefined {
    const known = this.#halfConstants.get(value);
    if (known !== undefined) return known;
    const tensor = toHalf(value.constant!, this.#options.dtype);
    if (tensor === undefined) return undefined;
    const twin = value.graph.addConstant(value.name, keptLike(value.constant!, tensor));
    this.#halfConstants.set(value, twin);
    return twin;
  }

  #cast(value: Value, to: DType, graph: Graph, reader: Node | undefined): Value {
    const ofGraph = this.#casts.get(graph) ?? new Map<Value, Map<DType, Value>>();
    this.#casts.set(graph, ofGraph);
    const ofValue = ofGraph.get(value) ?? new Map<DType, Value>();
    ofGraph.set(value, ofValue);
    const known = ofValue.get(to);
    if (known !== undefined) return known;
    // Right behind the producer, so that it stands in front of every reader.
    const own = value.graph === graph;
    const before =
      own && value.producer !== undefined
        ? value.producer.next
        : own || reader !== undefined
          ? graph.firstNode
          : undefined;
    const node = graph.addNode('Cast', [value], {
      name: graph.names.fresh(`${value.name}_Cast`),
      outputName: `${value.name}_${to}`,
      attributes: [['to', attribute.int(dtypeCode(to))]],
      before,
    });
    const result = node.outputs[0]!;
    result.type = withDtype(value, to);
    ofValue.set(to, result);
    return result;
  }
}

/** Whether a node reads or computes any of these. */
function touches(node: Node, values: ReadonlySet<Value>): boolean {
  return [...node.inputs, ...node.outputs].some((value) => value !== undefined && values.has(value));
}

function isFloat32(value: Value): boolean {
  if (value.constant !== undefined) return value.constant.dtype === 'float32';
  return value.type?.kind === 'tensor' && value.type.dtype === 'float32';
}

function withDtype(value: Value, dtype: DType) {
  return tensorType(dtype, value.type?.kind === 'tensor' ? value.type.dims : undefined);
}
