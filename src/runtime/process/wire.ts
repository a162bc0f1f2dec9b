import { InferOptError } from '../../errors.js';
import { allDTypes, type DType } from '../../tensor/dtype.js';
import { Tensor } from '../../tensor/tensor.js';
import type { WireFeeds, WireTensor } from './protocol.js';

const known = new Set<string>(allDTypes);

/** The element type that the runtime calls by this name (it uses the same names as we do). */
export function dtypeNamed(name: string): DType {
  if (!known.has(name))
    throw new InferOptError('internal', `the runtime has an element type ${name} that we do not know`);
  return name as DType;
}

function toWire(tensor: Tensor): WireTensor {
  const { dtype, dims } = tensor;
  if (dtype !== 'string') return { dtype, dims, bytes: tensor.bytes() };
  const decoder = new TextDecoder();
  return {
    dtype,
    dims,
    bytes: new Uint8Array(0),
    strings: tensor.strings.map((text) => decoder.decode(text)),
  };
}

export function feedsToWire(feeds: ReadonlyMap<string, Tensor>): WireFeeds {
  return Object.fromEntries(Array.from(feeds, ([name, tensor]) => [name, toWire(tensor)]));
}

export function outputsFromWire(outputs: WireFeeds): Map<string, Tensor> {
  return new Map(
    Object.entries(outputs).map(([name, wire]) => [
      name,
      wire.dtype === 'string'
        ? Tensor.fromStrings(wire.dims, wire.strings ?? [])
        : Tensor.fromBytes(dtypeNamed(wire.dtype), wire.dims, wire.bytes),
    ]),
  );
}
