import type { Conversion } from '../conversion.js';

export const outputSequence: Conversion = {
  operators: ['GRU', 'LSTM', 'RNN'],
  to: 7,
  change: 'the attribute output_sequence went away: an output is computed when it has a name',
  convert(site) {
    site.node.attributes.delete('output_sequence');
  },
};
