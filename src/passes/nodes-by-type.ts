import type { Model } from '../ir/model.js';
import type { Node } from '../ir/node.js';

/**
 * The nodes of a model by operator, so that a pass looks at those that it can do something with, and one without
 * work at none. Gathered in one walk when asked for, and anew after `forget`.
 */
export class NodesByType {
  readonly #model: Model;
  /** Places in the order of the graphs, ascending. */
  readonly #places = new Map<string, number[]>();
  #nodes: Node[] | undefined;

  constructor(model: Model) {
    this.#model = model;
  }

  /** The model has changed. */
  forget(): void {
    this.#nodes = undefined;
  }

  /** Whether there is a node of one of these types (qualified names). */
  includeOneOf(types: ReadonlySet<string>): boolean {
    this.#gather();
    for (const type of types) if (this.#places.has(type)) return true;
    return false;
  }

  /** The nodes of these types, in the order of the graphs; those that are removed meanwhile stay in the list. */
  of(types: ReadonlySet<string>): Node[] {
    const nodes = this.#gather();
    const found: number[] = [];
    let kinds = 0;
    for (const type of types) {
      const places = this.#places.get(type);
      if (places === undefined) continue;
      kinds += 1;
      for (const place of places) found.push(place);
    }
    if (kinds > 1) found.sort((a, b) => a - b);
    return found.map((place) => nodes[place]!);
  }

  #gather(): Node[] {
    if (this.#nodes !== undefined) return this.#nodes;
    const nodes: Node[] = [];
    this.#places.clear();
    for (const graph of this.#model.graphs()) {
      for (let node = graph.firstNode; node !== undefined; node = node.next) {
        const type = node.qualifiedType;
        const places = this.#places.get(type);
        if (places === undefined) this.#places.set(type, [nodes.length]);
        else places.push(nodes.length);
        nodes.push(node);
      }
    }
    this.#nodes = nodes;
    return nodes;
  }
}
