import type { Graph } from '../../ir/graph.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { copyInto } from '../copy-graph.js';
import { Edit, removeDeadFrom } from '../edit.js';
import { uniformOf } from '../match.js';
import type { Pass } from '../pass.js';

/** Puts the branch that an If always takes in its place. Bodies inside move along. */
export const constantIf: Pass = {
  name: 'constant-if',
  summary: 'Replaces an If whose condition is constant by the branch that it takes',
  effect: 'exact',
  run(model) {
    let changes = 0;
    for (const graph of [...model.graphs()]) {
      for (const node of graph.nodes()) {
        if (!node.is('If')) continue;
        const decided = uniformOf(node.inputs[0]);
        if (decided === undefined) continue;
        const found = node.attributes.get(decided === 0 ? 'else_branch' : 'then_branch');
        if (found?.kind !== 'graph') continue;
        inline(node, found.value);
        changes += 1;
      }
    }
    return { changes, skipped: [] };
  },
};

function inline(node: Node, body: Graph): void {
  const edit = new Edit(node);
  const twins = new Map<Value, Value | undefined>();
  copyInto(body, node.graph, twins, node);
  body.outputs.forEach((value, index) => {
    const output = node.outputs[index];
    if (output === undefined) return;
    const result = twins.get(value) ?? value;
    const type = output.type ?? result.type;
    // What the branch hands on unchanged keeps its own name.
    edit.replace(output, result);
    if (type !== undefined && result.type === undefined) result.type = type;
  });
  removeDeadFrom(node);
}
