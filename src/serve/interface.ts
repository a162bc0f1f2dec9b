import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { formatType, type Dim, type ValueType } from '../ir/types.js';
import type { DType } from '../tensor/dtype.js';

/** An input or output as a server sees it. */
export interface ServedTensor {
  readonly name: string;
  readonly dtype: DType;
  /** Undefined when not even the rank is known. */
  readonly dims: readonly Dim[] | undefined;
}

/** What a model takes and gives. */
export interface ModelInterface {
  readonly inputs: readonly ServedTensor[];
  readonly outputs: readonly ServedTensor[];
}

/**
 * The interface that a file declares.
 *
 * @throws InferOptError `model` for an input or output that is no tensor: servers exchange tensors alone
 */
export function interfaceOf(model: Model): ModelInterface {
  return {
    inputs: model.graph.requiredInputs.map(({ name, type }) => served('input', name, type)),
    outputs: model.graph.outputs.map(({ name, type }) => served('output', name, type)),
  };
}

function served(role: string, name: string, type: ValueType | undefined): ServedTensor {
  if (type?.kind === 'tensor') return { name, dtype: type.dtype, dims: type.dims };
  throw new InferOptError(
    'model',
    `${role} ${name} is ${formatType(type)}, which no inference server can exchange`,
    {
      hint: 'end the graph at a tensor: remove the ZipMap or sequence operator at its end',
    },
  );
}

/** Fills what the file leaves open from what a runtime or a run found. Known lengths of the file stay. */
export function refine(
  declared: ModelInterface,
  found: { readonly inputs: readonly FoundTensor[]; readonly outputs: readonly FoundTensor[] },
): ModelInterface {
  const merge = (tensors: readonly ServedTensor[], others: readonly FoundTensor[]): ServedTensor[] =>
    tensors.map((tensor) => {
      const other = others.find(({ name }) => name === tensor.name)?.dims;
      // No dims at all may mean a scalar or an unknown rank: only the file can tell the scalar.
      if (other === undefined || other.length === 0) return tensor;
      if (tensor.dims === undefined) return { ...tensor, dims: other };
      if (tensor.dims.length !== other.length) return tensor;
      return {
        ...tensor,
        dims: tensor.dims.map((dim, axis) => (typeof dim === 'number' ? dim : (known(other[axis]) ?? dim))),
      };
    });
  return { inputs: merge(declared.inputs, found.inputs), outputs: merge(declared.outputs, found.outputs) };
}

export interface FoundTensor {
  readonly name: string;
  readonly dims: readonly Dim[];
}

function known(dim: Dim): Dim {
  return dim === '' ? undefined : dim;
}
