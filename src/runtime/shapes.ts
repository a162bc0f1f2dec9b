import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { tensorType, type Dim, type ValueType } from '../ir/types.js';
import type { Value } from '../ir/value.js';
import { largestRun, weightBytes } from '../onnx/large.js';
import type { Tensor } from '../tensor/tensor.js';
import { askRuntime, type TypeAnswer } from './type-answer.js';
import type { TypeQuery } from './type-query.js';

/** The first opset whose Cast is as it is today; the runtime itself promises to run models from opset 7 on. */
const oldestOpset = 6;

export interface ShapeOptions {
  /** Lengths for symbolic dimensions of the inputs, by name. */
  readonly bind?: ReadonlyMap<string, number>;
  /** Dims of inputs, by name; they win over `bind`. */
  readonly inputDims?: ReadonlyMap<string, readonly number[]>;
}

/**
 * Sets the type of every value that the runtime can tell, in subgraphs too. What is known already is only
 * made more precise: a length beats a symbol, a symbol beats nothing, and another element type or rank is
 * corrected. Types of graph inputs stay as declared.
 *
 * With dimensions bound, the types hold for these dimensions alone: they are then no declarations of the
 * file any more (and will not be written). Throws `model` when the runtime refuses the model.
 */
export async function inferShapes(model: Model, options: ShapeOptions = {}): Promise<void> {
  const bound = (options.bind?.size ?? 0) + (options.inputDims?.size ?? 0) > 0;
  for (const [value, type] of await readTypes(model, options)) {
    const merged = mergeTypes(value.type, type);
    if (merged === value.type) continue;
    if (bound && value.isGraphOutput && value.graph === model.graph && value.type !== undefined) continue;
    if (bound) value.typeDeclared = false;
    value.type = merged;
  }
}

/**
 * The types that the runtime tells, by value; the model stays as it is. Graph inputs, and values that the
 * runtime knows nothing about, are absent. Throws `model` when the runtime refuses the model.
 */
export async function readTypes(model: Model, options: ShapeOptions = {}): Promise<Map<Value, ValueType>> {
  if (model.opsets.has('') && model.opset < oldestOpset) {
    throw new InferOptError(
      'model',
      `the model has opset ${model.opset}, and ${oldestOpset} is the oldest that is understood`,
      {
        hint: 'export it again with a newer opset',
      },
    );
  }
  const inputType = (value: Value): ValueType | undefined => boundType(value, options);
  const folded = new Map<string, Tensor>();
  let answer = await askPatiently(model, inputType, folded);
  // Dims that hang on computed shapes: let the runtime compute these, then ask again with them as constants.
  while (answer.hasUnknownDims) {
    const before = folded.size;
    for (const [name, tensor] of await foldedBy(model, answer.query)) folded.set(name, tensor);
    if (folded.size === before) break;
    answer = await askPatiently(model, inputType, folded);
  }
  const types = answer.typesOf(model.graph);
  for (const [name, { dtype, dims }] of folded) types.set(model.graph.get(name)!, tensorType(dtype, dims));
  return types;
}

/** What the runtime computes from constants and known shapes alone. Nothing where it refuses to optimize the model. */
async function foldedBy(model: Model, query: TypeQuery): Promise<Iterable<[string, Tensor]>> {
  try {
    const answer = await askRuntime(model, query, 'basic');
    return [
      ...answer.constants((name) => model.graph.get(name)?.producer !== undefined && !query.folded.has(name)),
    ];
  } catch (error) {
    if (error instanceof InferOptError && error.code === 'model') return [];
    throw error;
  }
}

/** From the cheapest and freshest question to the plain model, until the runtime takes one. */
async function askPatiently(
  model: Model,
  inputType: TypeQuery['inputType'],
  folded: ReadonlyMap<string, Tensor>,
): Promise<TypeAnswer> {
  const attempts = [
    { weights: 'as-inputs', declarations: 'dropped' },
    { weights: 'kept', declarations: 'dropped' },
  ] as const;
  for (const attempt of attempts) {
    try {
      return await askRuntime(model, { ...attempt, inputType, folded }, 'disabled');
    } catch (error) {
      // With its weights a large model would not even fit into the question.
      const last = weightBytes(model) > largestRun;
      if (!(error instanceof InferOptError) || error.code !== 'model' || last) throw error;
    }
  }
  return askRuntime(model, { weights: 'kept', declarations: 'kept', inputType, folded }, 'disabled');
}

function boundType(value: Value, { bind, inputDims }: ShapeOptions): ValueType | undefined {
  const { type } = value;
  if (type?.kind !== 'tensor') return type;
  const given = inputDims?.get(value.name);
  if (given !== undefined) return { kind: 'tensor', dtype: type.dtype, dims: given };
  if (bind === undefined || type.dims === undefined) return type;
  if (!type.dims.some((dim) => typeof dim === 'string' && bind.has(dim))) return type;
  const dims = type.dims.map((dim) => (typeof dim === 'string' ? (bind.get(dim) ?? dim) : dim));
  return { kind: 'tensor', dtype: type.dtype, dims };
}

/** The more precise of two types; `old` itself where the other adds nothing. */
export function mergeTypes(old: ValueType | undefined, told: ValueType): ValueType {
  if (old?.kind !== 'tensor' || told.kind !== 'tensor') return told.kind === old?.kind ? old : told;
  if (old.dtype !== told.dtype) return told;
  if (told.dims === undefined) return old;
  if (old.dims?.length !== told.dims.length) return told;
  const merged = told.dims.map((dim, axis) => preciserDim(old.dims![axis], dim));
  return merged.every((dim, axis) => dim === old.dims![axis])
    ? old
    : { kind: 'tensor', dtype: told.dtype, dims: merged };
}

function preciserDim(old: Dim, told: Dim): Dim {
  if (typeof told === 'number') return told;
  return old ?? told;
}
