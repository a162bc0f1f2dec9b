import type { Conversion } from '../conversion.js';

/** The runtime's optimizers write it long before the standard has it; its early form lets the types differ. */
export const layerNormalization: Conversion = {
  operators: ['LayerNormalization'],
  to: 17,
  change: 'the standard took it over from the runtime, with one element type for data, scale and bias',
  convert(site) {
    const [x, scale] = [site.input(0), site.input(1)].map((value) => site.elementType(value));
    if (x !== undefined && scale !== undefined && x !== scale) {
      site.refuse(`its data is ${x} and its scale ${scale}, which the standard does not allow`);
    }
  },
};
