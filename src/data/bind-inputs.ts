import { InferOptError } from '../errors.js';
import { Tensor } from '../tensor/tensor.js';
import { converted } from './convert.js';
import type { InputDescription } from './description.js';
import { exampleDescription } from './example.js';
import { fitToInput, isKnown, specText } from './fit.js';
import { layoutOf, pictureSizeOf, planPixels, speaksOfPixels, type PixelPlan } from './pixel-plan.js';
import type { Pixels } from './pixels.js';
import { framed, pixelsOf, pixelsToInput } from './prepare-pixels.js';
import { scaled } from './scale.js';
import type { OpenSource } from './sources/source.js';
import type { InputSpec } from './types.js';

/** How one input of the model gets its tensor for sample number `index`. */
export interface BoundInput {
  readonly spec: InputSpec;
  /** The array of the source that it reads; undefined for a state that starts at zero. */
  readonly array: string | undefined;
  read(index: number): Promise<Tensor>;
}

/** Decoded and framed pictures, shared by the inputs of a dataset. */
export interface PixelCache {
  get(key: string): Pixels | undefined;
  set(key: string, picture: Pixels): void;
}

/** The part of a dataset file that says where inputs come from. */
export interface Binding {
  readonly source: OpenSource;
  readonly described: Readonly<Record<string, InputDescription>>;
  /** The array that holds the labels: not taken for an input by default. */
  readonly labelArray: string | undefined;
  /** Inputs that are fed back; they start at zero where the source has nothing for them. */
  readonly stateInputs: ReadonlySet<string>;
  readonly cache: PixelCache;
}

/**
 * Finds for every input of the model the array it reads, and decides all of its preprocessing. Throws `usage`
 * for a description of an input that the model does not have, `data` for an input without an array.
 */
export function bindInputs(inputs: readonly InputSpec[], binding: Binding): BoundInput[] {
  const names = inputs.map(({ name }) => name);
  for (const name of Object.keys(binding.described)) {
    if (!names.includes(name)) {
      throw new InferOptError(
        'usage',
        `the model has no input "${name}" (it has: ${inputs.map((input) => `"${input.name}" ${specText(input)}`).join(', ')})`,
      );
    }
  }
  return inputs.map((spec) => bindInput(spec, inputs, binding));
}

function bindInput(spec: InputSpec, inputs: readonly InputSpec[], binding: Binding): BoundInput {
  const { source, described } = binding;
  const description = Object.hasOwn(described, spec.name) ? described[spec.name]! : {};
  const array = description.array ?? arrayFor(spec, inputs, binding);
  if (array === undefined) return { spec, array, read: () => Promise.resolve(zeros(spec)) };
  if (description.array !== undefined && !knowsArray(source, description.array)) {
    throw new InferOptError(
      'data',
      `input "${spec.name}": ${source.name} has no array "${description.array}" (it has: ${source.arrays.join(', ')})`,
    );
  }
  checkType(spec, description);
  if (source.pictures || speaksOfPixels(description)) {
    const said = source.pictures ? pictureDescription(spec, description, source) : description;
    return { spec, array, read: pixelReader(spec, array, planPixels(said, spec, source.pictures), binding) };
  }
  return {
    spec,
    array,
    async read(index) {
      const id = source.id(index);
      const where = `sample ${id}, input "${spec.name}"`;
      const raw = scaled(await source.read(index, array, spec.dtype), description, where);
      return fitToInput(description.type === undefined ? raw : converted(raw, spec.dtype, where), spec, id);
    },
  };
}

/** A picture folder has the one array, whatever it is called. */
function knowsArray(source: OpenSource, array: string): boolean {
  return source.pictures || source.arrays.includes(array);
}

function arrayFor(spec: InputSpec, inputs: readonly InputSpec[], binding: Binding): string | undefined {
  const { source, labelArray, stateInputs } = binding;
  if (source.arrays.includes(spec.name)) return spec.name;
  const free = source.arrays.filter((array) => array !== labelArray);
  const asking = inputs.filter(({ name }) => !source.arrays.includes(name) && !stateInputs.has(name));
  if (!stateInputs.has(spec.name) && free.length === 1 && asking.length === 1) return free[0];
  if (stateInputs.has(spec.name)) return undefined;
  throw new InferOptError(
    'data',
    `input "${spec.name}" has no data: ${source.name} has no array of that name (it has: ${source.arrays.join(', ') || 'none'}; ` +
      `the model takes: ${inputs.map(({ name }) => name).join(', ')})`,
    { hint: `name the array in a dataset file: inputs: {${JSON.stringify(spec.name)}: {array: ...}}` },
  );
}

/** One dataset file serves a model in full and in half precision: what is said to be float32 may end as a 16-bit float. */
function checkType(spec: InputSpec, { type }: InputDescription): void {
  const halved = type === 'float32' && (spec.dtype === 'float16' || spec.dtype === 'bfloat16');
  if (type !== undefined && type !== spec.dtype && !halved) {
    throw new InferOptError(
      'data',
      `input "${spec.name}": the dataset says type ${type}, the model takes ${spec.dtype}`,
    );
  }
}

/** Fills in what a picture needs; an 8-bit input shows its own size, anything else must be described. */
function pictureDescription(
  spec: InputSpec,
  description: InputDescription,
  source: OpenSource,
): InputDescription {
  if (Object.keys(description).length > 0) return description;
  const layout = layoutOf(spec);
  const size = layout === undefined ? undefined : pictureSizeOf(spec, layout);
  if (spec.dtype !== 'uint8' || layout === undefined || size === undefined) {
    throw new InferOptError(
      'usage',
      `input "${spec.name}" is ${specText(spec)}: how pictures become that must be said in a dataset file`,
      { hint: `for example:\n${exampleDescription(source.name, spec)}` },
    );
  }
  return { resize: size[0] === size[1] ? size[0] : [...size], crop: [...size], layout };
}

function pixelReader(spec: InputSpec, array: string, plan: PixelPlan, binding: Binding): BoundInput['read'] {
  const { source, cache } = binding;
  return async (index) => {
    const id = source.id(index);
    const where = `sample ${id}, input "${spec.name}"`;
    const key = JSON.stringify([index, array, plan.resize, plan.crop, plan.color]);
    let picture = cache.get(key);
    if (picture === undefined) {
      picture = framed(pixelsOf(await source.read(index, array, 'float32'), plan, where), plan, where);
      if (source.pictures) cache.set(key, picture);
    }
    return pixelsToInput(picture, plan, spec, id);
  };
}

function zeros(spec: InputSpec): Tensor {
  const dims = (spec.dims ?? []).map((dim) => (isKnown(dim) ? dim : 1));
  return Tensor.fromNumbers(
    spec.dtype,
    dims,
    new Array<number>(dims.reduce((product, dim) => product * dim, 1)).fill(0),
  );
}
