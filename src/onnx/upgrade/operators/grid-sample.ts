import { attribute } from '../../../ir/attribute.js';
import type { Conversion } from '../conversion.js';

const newNames: Readonly<Record<string, string>> = { bilinear: 'linear', bicubic: 'cubic' };

export const gridSampleModes: Conversion = {
  operators: ['GridSample'],
  to: 20,
  change: 'the modes bilinear and bicubic are called linear and cubic',
  convert(site) {
    const mode = site.takeString('mode');
    if (mode !== undefined) site.set('mode', attribute.string(newNames[mode] ?? mode));
  },
};
