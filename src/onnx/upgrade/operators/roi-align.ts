import { attribute } from '../../../ir/attribute.js';
import type { Conversion } from '../conversion.js';

export const roiAlignMode: Conversion = {
  operators: ['RoiAlign'],
  to: 16,
  change: 'coordinates are shifted by half a pixel unless an attribute says otherwise',
  convert(site) {
    site.set('coordinate_transformation_mode', attribute.string('output_half_pixel'));
  },
};
