import type { Value } from '../../ir/value.js';
import { Tensor } from '../../tensor/tensor.js';
import { Edit } from '../edit.js';
import type { Pass } from '../pass.js';
import { dtypeOf } from '../match.js';
import type { Integers } from '../types/site.js';

/**
 * Replaces shape arithmetic whose result is known from the dims alone, also where other dims of the same
 * tensor are symbolic. Nothing has to be run for it, so that it comes before folding by evaluation.
 */
export const foldShapes: Pass = {
  name: 'fold-shapes',
  summary: 'Computes beforehand what depends on known dims only',
  effect: 'exact',
  needs: ['shapes'],
  run(model, { facts }) {
    let changes = 0;
    for (const graph of [...model.graphs()]) {
      for (const node of graph.nodes()) {
        const [output] = node.outputs;
        if (output === undefined || node.is('Constant') || !isReplaceable(output)) continue;
        const found = facts.integersOf(output);
        const tensor = found === undefined ? undefined : complete(found, output);
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

function complete({ scalar, elements }: Integers, output: Value): Tensor | undefined {
  const numbers = elements.filter((element) => typeof element === 'number');
  const dtype = dtypeOf(output);
  if (numbers.length !== elements.length || (dtype !== 'int64' && dtype !== 'int32')) return undefined;
  return Tensor.fromNumbers(dtype, scalar ? [] : [numbers.length], numbers);
}
