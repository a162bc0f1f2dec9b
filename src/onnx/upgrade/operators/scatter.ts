import type { Conversion } from '../conversion.js';

export const scatterName: Conversion = {
  operators: ['Scatter'],
  to: 11,
  change: 'it is called ScatterElements',
  convert(site) {
    site.node.opType = 'ScatterElements';
  },
};
