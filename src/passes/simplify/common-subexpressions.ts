import type { Graph } from '../../ir/graph.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { Edit } from '../edit.js';
import { isPure, isQuantizationMark } from '../operators.js';
import type { Pass } from '../pass.js';
import { attributesKey } from './content-hash.js';

/** Computes once what several nodes of a graph compute from the same values with the same settings. */
export const commonSubexpressions: Pass = {
  name: 'common-subexpressions',
  summary: 'Computes once what several nodes compute in the same way',
  effect: 'exact',
  run(model) {
    const numbers = new Numbers();
    let changes = 0;
    for (const graph of [...model.graphs()]) changes += shareWithin(graph, numbers);
    return { changes, skipped: [] };
  },
};

function shareWithin(graph: Graph, numbers: Numbers): number {
  const first = new Map<string, Node>();
  let changes = 0;
  for (const node of graph.nodes()) {
    if (!isPure(node) || isQuantizationMark(node) || node.is('Constant')) continue;
    const key = keyOf(node, numbers);
    if (key === undefined) continue;
    const same = first.get(key);
    // What was found first may have gone with its last reader.
    if (same === undefined || same.removed) first.set(key, node);
    else if (mergeInto(node, same)) changes += 1;
  }
  return changes;
}

/** Lets readers of `node` read `same`; not where two names have to stay, which would take a copy. */
function mergeInto(node: Node, same: Node): boolean {
  const clash = node.outputs.some(
    (value, index) => value?.isGraphOutput === true && same.outputs[index]?.isGraphOutput,
  );
  if (clash) return false;
  const edit = new Edit(node);
  for (const [index, value] of [...node.outputs].entries()) {
    const other = same.outputs[index];
    if (value !== undefined && other !== undefined) edit.replace(value, other);
  }
  return true;
}

function keyOf(node: Node, numbers: Numbers): string | undefined {
  const attributes = attributesKey(node);
  if (attributes === undefined) return undefined;
  const inputs = node.inputs.map((value) => (value === undefined ? '' : numbers.of(value))).join();
  const outputs = node.outputs.map((value) => (value === undefined ? 0 : 1)).join('');
  return `${node.qualifiedType}:${node.overload}(${inputs})${outputs}{${attributes}}`;
}

/** Short, unique names for values: their own may repeat from scope to scope. */
class Numbers {
  readonly #known = new Map<Value, number>();

  of(value: Value): number {
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    this.#known.set(value, this.#known.size);
    return this.#known.size - 1;
  }
}
