import type { SampleSet } from '../../data/types.js';
import { InferOptError } from '../../errors.js';
import type { Model } from '../../ir/model.js';
import { staticDims, type Dim } from '../../ir/types.js';

/** The dims that one input may have: the least, the ones to be fastest at, and the largest. */
export interface ShapeRange {
  readonly min: readonly number[];
  readonly opt: readonly number[];
  readonly max: readonly number[];
}

/** Ranges of the inputs that a profile is about, by name. */
export type ShapeProfile = ReadonlyMap<string, ShapeRange>;

export type ProfileReport = Readonly<Record<string, ShapeRange>>;

export interface DynamicInput {
  readonly name: string;
  readonly dims: readonly Dim[];
}

/** Inputs whose dims are not all fixed, with their dims. Those of unknown rank have none. */
export function dynamicInputs(model: Model): DynamicInput[] {
  return model.graph.requiredInputs
    .filter(({ type }) => type?.kind === 'tensor' && staticDims(type) === undefined)
    .map(({ name, type }) => ({ name, dims: (type?.kind === 'tensor' ? type.dims : undefined) ?? [] }));
}

/** True where the batch is all that is free. */
export function hasFreeBatchOnly({ dims }: DynamicInput): boolean {
  return (
    dims.length > 0 && typeof dims[0] !== 'number' && dims.slice(1).every((dim) => typeof dim === 'number')
  );
}

/** A free batch as 1, where that is all that is free in any input; else the model alone does not tell its shapes. */
export function profileFromModel(model: Model): ShapeProfile | undefined {
  const inputs = dynamicInputs(model);
  if (inputs.length === 0 || !inputs.every(hasFreeBatchOnly)) return undefined;
  return new Map(
    inputs.map(({ name, dims }) => {
      const shape = [1, ...dims.slice(1).map(Number)];
      return [name, { min: shape, opt: shape, max: shape }];
    }),
  );
}

/**
 * Reads "x=1x3x224x224:8x3x224x224:32x3x224x224,mask=1x16": for each input its least, usual and largest dims, or one
 * shape for all three. Names may hold anything but "=" and ",". Throws `usage` for anything else.
 */
export function parseProfile(text: string): ShapeProfile {
  const profile = new Map<string, ShapeRange>();
  for (const part of text.split(',')) {
    const at = part.lastIndexOf('=');
    const name = part.slice(0, Math.max(0, at)).trim();
    const shapes = part
      .slice(at + 1)
      .split(':')
      .map(parseShape);
    const [min, opt = min, max = opt] = shapes;
    if (name === '' || min === undefined || opt === undefined || max === undefined || shapes.length === 2)
      throw malformed(text);
    if (shapes.length > 3 || profile.has(name)) throw malformed(text);
    profile.set(name, { min, opt, max });
  }
  return profile;
}

function parseShape(text: string): number[] | undefined {
  if (!/^\d+(x\d+)*$/.test(text.trim())) return undefined;
  return text.trim().split('x').map(Number);
}

function malformed(text: string): InferOptError {
  return new InferOptError('usage', `--profile ${text}: that is no list of shapes`, {
    hint: 'write INPUT=MIN:OPT:MAX with dims like 8x3x224x224, inputs apart by commas; one shape stands for all three',
  });
}

/** How many samples are looked at for the shapes that occur. */
const observedSamples = 200;

/**
 * The shapes that occur in a dataset: of each dim the least, the most frequent and the largest. Fixed inputs are left
 * out, as trtexec refuses shapes for them.
 */
export async function profileFromSamples(model: Model, samples: SampleSet): Promise<ShapeProfile> {
  const seen = new Map<string, number[][]>(dynamicInputs(model).map(({ name }) => [name, []]));
  for (let index = 0; index < Math.min(samples.size, observedSamples); index++) {
    const { inputs } = await samples.get(index);
    for (const [name, shapes] of seen) shapes.push([...inputs.get(name)!.dims]);
  }
  return new Map([...seen].map(([name, shapes]) => [name, rangeOf(name, shapes)]));
}

function rangeOf(name: string, shapes: readonly number[][]): ShapeRange {
  const [first] = shapes;
  if (first === undefined || shapes.some((dims) => dims.length !== first.length)) {
    throw new InferOptError(
      'data',
      `the samples of input ${name} have different ranks, which no engine can take`,
    );
  }
  const columns = first.map((_, axis) => shapes.map((dims) => dims[axis]!));
  return {
    min: columns.map((lengths) => Math.min(...lengths)),
    opt: columns.map(mostFrequent),
    max: columns.map((lengths) => Math.max(...lengths)),
  };
}

function mostFrequent(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]![0];
}

/** "ids:1x128,'a:b':4": trtexec wants names with a colon in quotes. */
export function shapeSpec(profile: ShapeProfile, which: keyof ShapeRange): string {
  return [...profile].map(([name, range]) => `${quotedName(name)}:${range[which].join('x')}`).join(',');
}

export function quotedName(name: string): string {
  return /[:,]/.test(name) ? `'${name}'` : name;
}

/** The batch that is measured: the first dim that all inputs share at the usual shapes; 1 where there is none. */
export function batchOf(model: Model, profile: ShapeProfile | undefined): number {
  const firsts = model.graph.requiredInputs.map(
    ({ name, type }) => (profile?.get(name)?.opt ?? staticDims(type))?.[0],
  );
  const [first] = firsts;
  return first !== undefined && firsts.every((one) => one === first) ? first : 1;
}

export function profileReport(profile: ShapeProfile): ProfileReport {
  return Object.fromEntries(profile);
}
