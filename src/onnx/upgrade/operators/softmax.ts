import { attribute } from '../../../ir/attribute.js';
import { Tensor } from '../../../tensor/tensor.js';
import type { Conversion } from '../conversion.js';
import type { Site } from '../site.js';

/**
 * Before, the input was seen as a matrix whose rows are all dimensions before `axis`, and each row was
 * normalized; now `axis` is the one dimension that is normalized. These agree when no other dimension from
 * `axis` on is longer than 1, else the matrix has to be made.
 */
function keepRows(site: Site): void {
  const x = site.input(0);
  const axis = site.takeInt('axis') ?? 1;
  const single = onlyLongDimension(site, axis);
  if (single !== undefined) {
    site.set('axis', attribute.int(single));
    return;
  }
  const dims = site.dims(x);
  const shape =
    dims === undefined
      ? site.before('Shape', [x])
      : site.constant('shape', Tensor.int64([dims.length], dims));
  site.node.setInput(0, site.before('Flatten', [x], { axis: attribute.int(axis) }));
  site.set('axis', attribute.int(-1));
  const { computed, released } = site.detachOutput();
  site.after('Reshape', [computed, shape], {}, released);
}

/** The dimension that alone makes up the rows, where ranks and lengths are known well enough to say. */
function onlyLongDimension(site: Site, axis: number): number | undefined {
  if (axis === -1) return -1;
  const x = site.input(0);
  const rank = site.rank(x);
  if (rank === undefined) return undefined;
  const first = axis < 0 ? axis + rank : axis;
  if (first === rank - 1) return -1;
  const dims = x.type?.kind === 'tensor' ? x.type.dims?.slice(first) : undefined;
  const long = dims?.flatMap((dim, index) => (dim === 1 ? [] : [first + index]));
  return long?.length === 1 ? long[0] : undefined;
}

export const softmaxAxis: Conversion = {
  operators: ['Hardmax', 'LogSoftmax', 'Softmax'],
  to: 13,
  change: 'axis is the dimension to normalize in place of the first one of the rows to normalize',
  convert: keepRows,
};
