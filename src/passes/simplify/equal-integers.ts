import type { Graph } from '../../ir/graph.js';
import type { Value } from '../../ir/value.js';
import { Edit } from '../edit.js';
import { constantOf, dtypeOf } from '../match.js';
import type { Pass, RunContext } from '../pass.js';

/**
 * Shape arithmetic comes to the same lengths again and again, by other ways each time. A small integer tensor
 * all of whose elements are known, by number or by name, is taken from where it was computed first.
 */
export const equalIntegers: Pass = {
  name: 'equal-integers',
  summary: 'Takes a shape, or a part of one, from where it was computed first',
  effect: 'exact',
  needs: ['shapes'],
  run(model, context) {
    let changes = 0;
    for (const graph of [...model.graphs()]) changes += shareWithin(graph, context);
    return { changes, skipped: [] };
  },
};

function shareWithin(graph: Graph, { facts }: RunContext): number {
  const first = new Map<string, Value>();
  let changes = 0;
  for (const node of graph.nodes()) {
    const [output] = node.outputs;
    if (output === undefined || output.isGraphOutput || node.outputs.length !== 1) continue;
    if (node.is('Constant') || constantOf(output) !== undefined) continue;
    const found = facts.integersOf(output);
    // Numbers alone are a matter of folding.
    if (found === undefined || found.elements.includes(undefined)) continue;
    if (found.elements.every((element) => typeof element === 'number')) continue;
    const dtype = dtypeOf(output);
    if (dtype === undefined) continue;
    const key = JSON.stringify([dtype, found.scalar, found.elements]);
    const same = first.get(key);
    // What was found first may have gone with its last reader.
    if (same?.producer === undefined || same.producer.removed) {
      first.set(key, output);
    } else {
      new Edit(node).replace(output, same);
      changes += 1;
    }
  }
  return changes;
}
