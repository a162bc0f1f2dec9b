import { keptLike } from '../../onnx/scratch.js';
import { Tensor } from '../../tensor/tensor.js';
import type { Layer } from '../layer.js';
import type { Allocation } from '../magnitude/allocations/allocation.js';
import { shareOut } from '../magnitude/share-out.js';
import { bucketsOf, withoutSmallest } from '../magnitude/weight-buckets.js';
import { filled } from './cut.js';
import type { SchemeContext, SchemeReport } from './scheme.js';

/**
 * Makes `zeros` weights zero where they are too many for the memory: magnitudes are counted layer by layer, and each layer
 * is then cut by itself and put back on the disk. Shared out by buckets of 0.4%, exact in their number.
 */
export function cutOnDisk(
  context: Pick<SchemeContext, 'progress' | 'signal'>,
  layers: readonly Layer[],
  allocation: Allocation,
  zeros: number,
): SchemeReport {
  const step = context.progress.start('Pruning', 2 * layers.length);
  try {
    const visit = <T>(layer: Layer, work: (weights: Float32Array) => T): T => {
      context.signal?.throwIfAborted();
      const done = work(layer.value.constant.toFloat32());
      step.advance();
      return done;
    };
    const buckets = new Map(layers.map((layer) => [layer, visit(layer, bucketsOf)]));
    const shares = shareOut(buckets, allocation, zeros);
    const records = layers.map((layer) => {
      const { value, node } = layer;
      const before = filled(layer);
      const own = buckets.get(layer)!;
      const cut = visit(layer, (weights) => withoutSmallest(weights, shares.get(layer)!, own));
      value.constant = keptLike(value.constant, Tensor.float32(value.constant.dims, cut));
      return {
        node: node.label,
        op: node.opType,
        before,
        after: Math.min(before, own.size - shares.get(layer)!),
        error_without_repair: null,
        error_with_repair: null,
      };
    });
    return { layers: records, left: [], repaired: null, warnings: [] };
  } finally {
    step.done();
  }
}
