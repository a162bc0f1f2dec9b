import { InferOptError } from '../../errors.js';
import { Model } from '../../ir/model.js';
import type { Graph } from '../../ir/graph.js';
import type { Value } from '../../ir/value.js';
import { copyGraph } from '../../onnx/upgrade/copy.js';
import { openSession, type Session } from '../../runtime/session.js';
import type { Tensor } from '../../tensor/tensor.js';

/** A model of its own with the same graph and the same names; tensors are shared. */
export function copyModel(model: Model): Model {
  const copy = new Model(copyGraph(model.graph, undefined), model.opsets, model.irVersion);
  copy.functions.push(...model.functions);
  for (const [key, value] of model.metadata) copy.metadata.set(key, value);
  copy.producerName = model.producerName;
  copy.producerVersion = model.producerVersion;
  copy.carried = model.carried;
  copy.directory = model.directory;
  return copy;
}

/** For every value of a copy's main graph the one of the same name that it was copied from. */
export function copiedValues(copy: Graph, original: Graph): Map<Value, Value> {
  const pairs = new Map<Value, Value>();
  for (const value of copy.values()) {
    const twin = original.get(value.name);
    if (twin !== undefined) pairs.set(value, twin);
  }
  return pairs;
}

/** Computes some values of a model, and nothing that they do not depend on. */
export class Part {
  readonly #session: Session | undefined;
  readonly #inputs: ReadonlySet<string>;
  readonly #names: ReadonlyMap<Value, string>;

  private constructor(session: Session | undefined, names: ReadonlyMap<Value, string>) {
    this.#session = session;
    this.#inputs = new Set(session?.inputs.map(({ name }) => name));
    this.#names = names;
  }

  /** Opens the part of the model that computes `values` of its main graph. */
  static async open(model: Model, values: readonly Value[], threads: number): Promise<Part> {
    const copy = copyModel(model);
    const { graph } = copy;
    while (graph.outputs.length > 0) graph.removeOutput(graph.outputs.length - 1);
    const computed = [...new Set(values)].filter((value) => value.producer !== undefined);
    for (const value of computed) graph.addOutput(graph.get(value.name)!);
    const names = new Map(values.map((value) => [value, value.name]));
    if (computed.length === 0) return new Part(undefined, names);
    dropDead(graph);
    for (const input of [...graph.inputs]) if (input.isUnused) graph.removeInput(input);
    return new Part(await openSession(copy, { threads }), names);
  }

  /** The values for one sample. */
  async run(inputs: ReadonlyMap<string, Tensor>): Promise<ReadonlyMap<Value, Tensor>> {
    const feeds = new Map([...inputs].filter(([name]) => this.#inputs.has(name)));
    const outputs = await this.#session?.run(feeds);
    return new Map(
      [...this.#names].map(([value, name]) => {
        const tensor = outputs?.get(name) ?? inputs.get(name);
        if (tensor === undefined) throw new InferOptError('internal', `no value ${name}`);
        return [value, tensor];
      }),
    );
  }

  async close(): Promise<void> {
    await this.#session?.close();
  }
}

/** Removes what no output depends on. */
function dropDead(graph: Graph): void {
  for (const node of graph.nodesReversed()) {
    if (node.outputs.every((value) => value === undefined || value.isUnused)) graph.remove(node);
  }
  for (const value of [...graph.values()]) {
    if (value.isUnused && value.producer === undefined && !value.isGraphInput) graph.removeValue(value);
  }
}
