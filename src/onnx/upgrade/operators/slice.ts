import type { Conversion } from '../conversion.js';

export const sliceInputs: Conversion = {
  operators: ['Slice'],
  to: 10,
  change: 'the attributes starts, ends and axes became inputs',
  convert(site) {
    const starts = site.takeBigInts('starts') ?? site.refuse('it lacks its attribute starts');
    const ends = site.takeBigInts('ends') ?? site.refuse('it lacks its attribute ends');
    const axes = site.takeBigInts('axes');
    site.node.setInput(1, site.integers('starts', starts));
    site.node.setInput(2, site.integers('ends', ends));
    if (axes !== undefined) site.node.setInput(3, site.integers('axes', axes));
  },
};
