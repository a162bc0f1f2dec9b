import type { Dim } from '../ir/types.js';
import type { ModelInterface, ServedTensor } from './interface.js';

/** Whether requests can be joined along the first dim, and if not, why. */
export type BatchAxis = { readonly dynamic: true } | { readonly dynamic: false; readonly reason: string };

/**
 * Looks for the batch: a first dim that is open in every input and every output, and the same one in all inputs.
 * Outputs may call it by another name: exporters often make one up for each.
 */
export function findBatchAxis({ inputs, outputs }: ModelInterface): BatchAxis {
  const no = (reason: string): BatchAxis => ({ dynamic: false, reason });
  if (inputs.length === 0) return no('the model has no inputs');
  for (const [role, tensors] of [
    ['input', inputs],
    ['output', outputs],
  ] as const) {
    for (const { name, dims } of tensors) {
      if (dims === undefined) return no(`the rank of ${role} ${name} is not known`);
      if (dims.length === 0) return no(`${role} ${name} is a scalar`);
      if (typeof dims[0] === 'number') return no(`${role} ${name} has ${dims[0]} as its first length`);
    }
  }
  const symbols = [...new Set(inputs.map(first).filter(isSymbol))];
  if (symbols.length > 1) return no(`the inputs begin with different lengths: ${symbols.join(', ')}`);
  for (const output of outputs) {
    const symbol = first(output);
    const length = inputs.find(({ dims }) => isSymbol(symbol) && dims?.slice(1).includes(symbol) === true);
    if (length !== undefined && symbol !== symbols[0])
      return no(
        `output ${output.name} begins with ${String(symbol)}, which is a length inside of input ${length.name}`,
      );
  }
  return { dynamic: true };
}

function first({ dims }: ServedTensor): Dim {
  return dims?.[0];
}

function isSymbol(dim: Dim): dim is string {
  return typeof dim === 'string';
}
