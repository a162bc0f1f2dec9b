import { attribute } from '../../../ir/attribute.js';
import type { Conversion } from '../conversion.js';

export const splitAttribute: Conversion = {
  operators: ['Split'],
  to: 2,
  change: 'lengths are an attribute alone, no input, and axis is 0 where it is left out',
  convert(site) {
    if (!site.node.attributes.has('axis')) site.refuse('it does not say its axis, which had no default');
    const lengths = site.node.inputs[1];
    if (lengths === undefined) return;
    const constant = site.constantOf(lengths) ?? site.refuse('the lengths of its parts are computed');
    site.set('split', attribute.ints(Array.from(constant.toNumbers())));
    site.replaceInput(1, undefined);
    site.node.setInputs([site.input(0)]);
  },
};

export const splitInput: Conversion = {
  operators: ['Split'],
  to: 13,
  change: 'the attribute split became an input',
  convert(site) {
    const lengths = site.takeInts('split');
    if (lengths !== undefined) site.node.setInput(1, site.integers('split', lengths));
  },
};

export const splitCount: Conversion = {
  operators: ['Split'],
  to: 18,
  change: 'the number of parts must be given where their lengths are not',
  convert(site) {
    if (site.node.inputs[1] === undefined) site.set('num_outputs', attribute.int(site.node.outputs.length));
  },
};
