import type { Graph } from '../../ir/graph.js';
import { rankOf } from '../../ir/types.js';
import type { Value } from '../../ir/value.js';
import type { DType } from '../../tensor/dtype.js';
import type { Tensor } from '../../tensor/tensor.js';
import { outputElementType } from '../signatures/element-types.js';
import { outputRank } from '../signatures/ranks.js';

/**
 * What is known about values while a model is carried to another operator set: declared types first, then
 * what follows from them by the operators' rules. Gathered once, before the first node changes.
 */
export class ValueFacts {
  readonly #elementTypes = new Map<Value, DType>();
  readonly #ranks = new Map<Value, number>();

  readonly #functionBody: Graph | undefined;

  /** Of a main graph, or of a function's body, and of the graphs inside it. */
  constructor(graph: Graph, kind: 'main' | 'function') {
    this.#functionBody = kind === 'function' ? graph : undefined;
    this.#visit(graph);
  }

  isFunctionBody(graph: Graph): boolean {
    return graph === this.#functionBody;
  }

  elementType(value: Value): DType | undefined {
    if (value.type?.kind === 'tensor') return value.type.dtype;
    return value.constant?.dtype ?? this.#elementTypes.get(value);
  }

  rank(value: Value): number | undefined {
    return rankOf(value.type) ?? value.constant?.dims.length ?? this.#ranks.get(value);
  }

  #visit(graph: Graph): void {
    for (const node of graph.nodes()) {
      for (const body of node.subgraphs()) this.#visit(body);
      node.outputs.forEach((output, index) => {
        if (output === undefined) return;
        const dtype =
          outputElementType(node, index, (value) => this.elementType(value)) ??
          (node.is('If') ? this.#bodyOutputType(node.subgraphs(), index) : undefined);
        if (dtype !== undefined) this.#elementTypes.set(output, dtype);
        const rank = index === 0 ? outputRank(node, (value) => this.rank(value), integersOf) : undefined;
        if (rank !== undefined) this.#ranks.set(output, rank);
      });
    }
  }

  #bodyOutputType(bodies: Iterable<Graph>, index: number): DType | undefined {
    for (const body of bodies) {
      const output = body.outputs[index];
      const dtype = output === undefined ? undefined : this.elementType(output);
      if (dtype !== undefined) return dtype;
    }
    return undefined;
  }
}

/** The content of a value that is fixed in the file: an initializer or the output of a Constant node. */
export function constantOf(value: Value): Tensor | undefined {
  if (value.constant !== undefined) return value.constant;
  return value.producer?.is('Constant') === true ? value.producer.tensor('value') : undefined;
}

function integersOf(value: Value): readonly number[] | undefined {
  const tensor = constantOf(value);
  return tensor?.dtype === 'int64' || tensor?.dtype === 'int32' ? tensor.toBigInts().map(Number) : undefined;
}
