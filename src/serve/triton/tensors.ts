import { InferOptError } from '../../errors.js';
import type { ServedTensor } from '../interface.js';
import { typeName, type Backend } from './backend.js';
import type { TensorConfig } from './model-config.js';
import { enumName, type EnumName } from './text-format.js';

/**
 * A tensor as a configuration names it; `batched` leaves the first dim out.
 *
 * @throws InferOptError `model` for a type that the backend does not exchange, or dims that Triton cannot express
 */
export function tensorConfig(tensor: ServedTensor, backend: Backend, batched: boolean): TensorConfig {
  const shape = shapeOf(tensor, batched);
  return {
    name: tensor.name,
    data_type: dataType(tensor, backend),
    // Triton takes no empty dims: one element on the wire, and a scalar (or a row of the batch) for the model.
    ...(shape.length === 0 ? { dims: [1], reshape: { shape: [] } } : { dims: shape }),
  };
}

export function dataType({ name, dtype }: ServedTensor, backend: Backend): EnumName {
  const type = typeName(dtype);
  if (type !== undefined && backend.types.has(dtype)) return enumName(type);
  throw new InferOptError(
    'model',
    `${name} is ${dtype}, which Triton's ${backend.name} backend does not exchange`,
    {
      hint: 'put a Cast to float32 (or another common type) there',
    },
  );
}

/** Lengths with -1 for those that are open. */
export function shapeOf({ name, dims }: ServedTensor, batched: boolean): number[] {
  if (dims === undefined) {
    throw new InferOptError(
      'model',
      `the number of dims of ${name} is not known, which Triton must be told`,
      {
        hint: 'declare its shape in the model',
      },
    );
  }
  return dims.slice(batched ? 1 : 0).map((dim) => {
    if (dim === 0) throw new InferOptError('model', `${name} has a length of 0, which Triton cannot express`);
    return typeof dim === 'number' ? dim : -1;
  });
}
