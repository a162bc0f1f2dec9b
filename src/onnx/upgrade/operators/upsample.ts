import { attribute } from '../../../ir/attribute.js';
import { Tensor } from '../../../tensor/tensor.js';
import type { Conversion } from '../conversion.js';
import { onlyEnlarges } from './resize.js';

export const upsampleScales: Conversion = {
  operators: ['Upsample'],
  to: 7,
  change: 'width_scale and height_scale became a list of scales, and bilinear is called linear',
  convert(site) {
    const height = site.takeFloat('height_scale') ?? site.refuse('it lacks its attribute height_scale');
    const width = site.takeFloat('width_scale') ?? site.refuse('it lacks its attribute width_scale');
    const mode = site.takeString('mode');
    if (mode !== undefined) site.set('mode', attribute.string(mode === 'bilinear' ? 'linear' : mode));
    site.set('scales', attribute.floats([1, 1, height, width]));
  },
};

export const upsampleInput: Conversion = {
  operators: ['Upsample'],
  to: 9,
  change: 'the attribute scales became an input',
  convert(site) {
    const scales = site.takeFloats('scales') ?? site.refuse('it lacks its attribute scales');
    site.node.setInput(1, site.constant('scales', Tensor.float32([scales.length], scales)));
  },
};

export const upsampleName: Conversion = {
  operators: ['Upsample'],
  to: 10,
  change: 'it is called Resize',
  convert(site) {
    site.node.opType = 'Resize';
    onlyEnlarges.add(site.node);
  },
};
