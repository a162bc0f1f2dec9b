import { InferOptError } from '../errors.js';
import type { Graph } from './graph.js';
import type { Node } from './node.js';

/**
 * Puts the nodes of a graph, and of every graph inside it, into an order in which each value is computed
 * before it is read. Nodes that stand in such an order already do not move. Linear in nodes and edges.
 * Throws `model` with the names of the nodes when they depend on each other in a circle.
 */
export function sortTopologically(graph: Graph): void {
  if (!standsInOrder(graph)) {
    const order = visit([...graph.nodes()], graph, (cycle) => {
      throw cyclic(cycle);
    });
    for (const node of order) graph.moveBefore(node, undefined);
  }
  if (!graph.holdsBodies) return;
  for (const node of graph.nodes()) for (const body of node.subgraphs()) sortTopologically(body);
}

/** True when no node reads what a later one of the same graph computes. */
function standsInOrder(graph: Graph): boolean {
  const before = new Set<Node>();
  for (let node = graph.firstNode; node !== undefined; node = node.next) {
    for (const value of node.inputs) {
      const producer = value?.producer;
      if (producer?.graph === graph && !before.has(producer)) return false;
    }
    if (graph.holdsBodies) {
      for (const producer of producersOf(node, graph)) if (!before.has(producer)) return false;
    }
    before.add(node);
  }
  return true;
}

/** Nodes of this graph (not of its subgraphs) that depend on each other in a circle, or undefined. */
export function findCycle(graph: Graph): readonly Node[] | undefined {
  let found: readonly Node[] | undefined;
  visit([...graph.nodes()], graph, (cycle) => {
    found ??= cycle;
  });
  return found;
}

const namedInMessage = 6;

/** The error for a cycle: `cyclic: a -> b -> a`, long ones cut in the middle. */
export function cyclic(cycle: readonly Node[]): InferOptError {
  const labels = cycle.map((node) => node.label);
  const shown = labels.slice(0, namedInMessage);
  const cut = labels.length > namedInMessage ? [`... ${labels.length - namedInMessage} more`] : [];
  return new InferOptError('model', `cyclic: ${[...shown, ...cut, labels[0]!].join(' -> ')}`, {
    hint: 'the model cannot be run in any order; export it again',
  });
}

/**
 * Depth-first from each node in turn, producers first, without recursion (graphs are deeper than the call
 * stack). A node that is met again while its own producers are being visited closes a cycle.
 */
function visit(nodes: readonly Node[], graph: Graph, onCycle: (cycle: readonly Node[]) => void): Node[] {
  const order: Node[] = [];
  const done = new Set<Node>();
  const open = new Set<Node>();
  for (const start of nodes) {
    if (done.has(start)) continue;
    const stack = [{ node: start, producers: producersOf(start, graph) }];
    open.add(start);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.producers.next();
      if (next.done === true) {
        stack.pop();
        open.delete(top.node);
        done.add(top.node);
        order.push(top.node);
      } else if (open.has(next.value)) {
        const from = stack.findIndex((entry) => entry.node === next.value);
        // The stack leads from readers to producers; data flows the other way.
        onCycle(
          stack
            .slice(from)
            .map((entry) => entry.node)
            .reverse(),
        );
      } else if (!done.has(next.value)) {
        open.add(next.value);
        stack.push({ node: next.value, producers: producersOf(next.value, graph) });
      }
    }
  }
  return order;
}

/** The nodes of `graph` whose outputs a node reads, also through the bodies that it holds. */
function* producersOf(node: Node, graph: Graph): Generator<Node> {
  for (const value of node.inputs) {
    if (value?.producer?.graph === graph) yield value.producer;
  }
  for (const body of node.subgraphs()) {
    for (const inner of body.withSubgraphs()) {
      for (const value of inner.outputs) if (value.producer?.graph === graph) yield value.producer;
      for (const innerNode of inner.nodes()) {
        for (const value of innerNode.inputs) if (value?.producer?.graph === graph) yield value.producer;
      }
    }
  }
}
