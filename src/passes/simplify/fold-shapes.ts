import type { Value } from '../../ir/value.js';
import { Tensor } from '../../tensor/tensor.js';
import { Edit } from '../edit.js';
import type { Pass } from '../pass.js';
import { IntegerFlow, type Integers } from './integer-flow.js';

/**
 * Replaces shape arithmetic whose result is known from the dims alone, also where other dims of the same
 * tensor are symbolic. Nothing has to be run for it, so that it comes before folding by evaluation.
 */
export const foldShapes: Pass = {
  name: 'fold-shapes',
  summary: 'Computes beforehand what depends on known dims only',
  effect: 'exact',
  needs: ['shapes'],
  run(model) {
    const flow = new IntegerFlow();
    let changes = 0;
    for (const graph of [...model.graphs()]) {
      for (const node of graph.nodes()) {
        const found = flow.visit(node);
        const [output] = node.outputs;
        if (found === undefined || output === undefined || !isReplaceable(output)) continue;
        const tensor = complete(found);
        if (tensor === undefined) continue;
        const edit = new Edit(node);
        edit.replace(output, edit.constant(output.name, tensor));
        changes += 1;
      }
    }
    return { changes, skipped: [] };
  },
};

/** A graph output must be computed by a node, and would only become another one. */
function isReplaceable(output: Value): boolean {
  return !output.isGraphOutput && output.useCount > 0;
}

function complete({ scalar, elements }: Integers): Tensor | undefined {
  const numbers = elements.filter((element) => typeof element === 'number');
  return numbers.length === elements.length
    ? Tensor.int64(scalar ? [] : [numbers.length], numbers)
    : undefined;
}
