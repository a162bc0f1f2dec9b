import { attribute } from '../../../ir/attribute.js';
import type { Conversion } from '../conversion.js';
import { toTheEnd } from '../site.js';
import { withOnesLike } from './broadcast.js';

export const preluSlope: Conversion = {
  operators: ['PRelu'],
  to: 7,
  change: 'the slope is matched from the end of the shape in place of by channel',
  convert(site) {
    const [x, slope] = [site.input(0), site.input(1)];
    const dims = site.dims(slope);
    const rankOfSlope = site.rank(slope);
    // A single slope fits everything; one with as many dimensions as the data names its own.
    if (dims?.every((dim) => dim === 1) === true || (rankOfSlope !== undefined && rankOfSlope > 1)) return;
    const rank = site.rank(x);
    if (rank !== undefined) {
      if (rank <= 2) return;
      const behind = Array.from({ length: rank - 2 }, (_, index) => index + 1);
      if (slope.constant === undefined) {
        site.node.setInput(1, site.before('Unsqueeze', [slope], { axes: attribute.ints(behind) }));
      } else {
        const shape = [slope.constant.size, ...behind.map(() => 1)];
        site.replaceInput(1, site.constant('slope', slope.constant.reshaped(shape)));
      }
      return;
    }
    const tail = site.before('Slice', [site.before('Shape', [x])], {
      starts: attribute.ints([2]),
      ends: attribute.ints([toTheEnd]),
      axes: attribute.ints([0]),
    });
    const shape = withOnesLike(site, site.integers('channels', [-1]), tail);
    site.node.setInput(1, site.before('Reshape', [slope, shape]));
  },
};
