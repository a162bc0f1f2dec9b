import { InferOptError } from '../../errors.js';
import type { Model } from '../../ir/model.js';
import { staticDims } from '../../ir/types.js';
import type { Value } from '../../ir/value.js';
import { countMacs } from '../../runtime/macs.js';
import { inferShapes } from '../../runtime/shapes.js';
import type { Feeds } from '../../bench/serving/feeds.js';
import type { Device } from '../../serve/hardware/device.js';
import { roofline, type Estimate, type Precision, type Work } from '../../serve/hardware/roofline.js';
import { byteLengthOf } from '../../tensor/dtype.js';
import { elementCount } from '../../tensor/tensor.js';

/** Bounds for a model on other devices, at each batch size; the model is given types on the way. */
export async function estimateOn(
  devices: readonly Device[],
  model: Model,
  request: Feeds,
  batches: readonly number[],
  warnings: string[],
): Promise<Estimate[]> {
  if (devices.length === 0) return [];
  const inputDims = new Map([...request].map(([name, { dims }]) => [name, dims]));
  try {
    await inferShapes(model, { inputDims });
  } catch (thrown) {
    if (!(thrown instanceof InferOptError) || thrown.code === 'internal') throw thrown;
    warnings.push(`no estimates for other devices: ${thrown.message}`);
    return [];
  }
  const { work, unknown } = workOf(model);
  if (unknown > 0) warnings.push(`estimates leave out ${unknown} operators whose shapes cannot be told`);
  const precision = precisionOf(model);
  return devices.flatMap((device) =>
    batches.flatMap((batch) => {
      // What a device has no units for, it computes in the next wider type.
      const fallbacks: Precision[] = [precision, 'float16', 'bfloat16', 'float32'];
      for (const type of fallbacks.slice(precision === 'float32' ? 3 : 0)) {
        const estimate = roofline(work, device, type, batch);
        if (estimate !== undefined) return [estimate];
      }
      return roofline(work, device, 'bfloat16', batch) ?? [];
    }),
  );
}

/** What each operator computes and moves. */
function workOf(model: Model): { work: Work[]; unknown: number } {
  const { perNode, unknown } = countMacs(model);
  const work: Work[] = [];
  for (const node of model.graph.nodes()) {
    let weightBytes = 0;
    let activationBytes = 0;
    for (const value of [...node.inputs, ...node.outputs]) {
      if (value === undefined) continue;
      if (value.constant !== undefined) weightBytes += value.constant.byteLength;
      else activationBytes += bytesOf(value);
    }
    work.push({ macs: perNode.get(node) ?? 0, weightBytes, activationBytes });
  }
  return { work, unknown: unknown.length };
}

function bytesOf({ type }: Value): number {
  const dims = staticDims(type);
  return dims === undefined || type?.kind !== 'tensor' ? 0 : byteLengthOf(type.dtype, elementCount(dims));
}

/** What most of its weights are stored in. */
function precisionOf(model: Model): Precision {
  const bytes = new Map<Precision, number>();
  for (const graph of model.graphs()) {
    for (const { constant } of graph.constants()) {
      const type: Precision =
        constant.dtype === 'float16' || constant.dtype === 'bfloat16'
          ? constant.dtype
          : constant.dtype === 'int8' || constant.dtype === 'uint8'
            ? 'int8'
            : 'float32';
      if (constant.size > 16) bytes.set(type, (bytes.get(type) ?? 0) + constant.size);
    }
  }
  return [...bytes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'float32';
}
