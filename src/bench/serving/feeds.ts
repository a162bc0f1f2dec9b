import { InferOptError } from '../../errors.js';
import { Tensor } from '../../tensor/tensor.js';

export type Feeds = ReadonlyMap<string, Tensor>;

/** One request after the other along the first axis, all of equal shapes. */
export function joinFeeds(requests: readonly Feeds[]): Feeds {
  const [first] = requests;
  if (first === undefined) throw new InferOptError('internal', 'there is no request to join');
  return new Map(
    [...first.keys()].map((name) => [name, joinTensors(requests.map((feeds) => feeds.get(name)!))]),
  );
}

/** Tensors of equal element type and equal lengths but the first, one under the other. */
export function joinTensors(tensors: readonly Tensor[]): Tensor {
  const { dtype, dims } = tensors[0]!;
  const height = tensors.reduce((sum, tensor) => sum + (tensor.dims[0] ?? 1), 0);
  const shape = [height, ...dims.slice(1)];
  if (dtype === 'string') {
    return Tensor.fromStrings(
      shape,
      tensors.flatMap((tensor) => [...tensor.strings]),
    );
  }
  const bytes = new Uint8Array(tensors.reduce((sum, tensor) => sum + tensor.byteLength, 0));
  let at = 0;
  for (const tensor of tensors) {
    bytes.set(tensor.bytes(), at);
    at += tensor.byteLength;
  }
  return Tensor.fromBytes(dtype, shape, bytes);
}
