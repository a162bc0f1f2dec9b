import type { Conversion } from '../conversion.js';

export const gemmBroadcast: Conversion = {
  operators: ['Gemm'],
  to: 7,
  change: 'the attribute broadcast went away: shapes are always matched from their ends',
  convert(site) {
    site.node.attributes.delete('broadcast');
  },
};
