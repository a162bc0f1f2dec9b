import type { InferOptError } from '../errors.js';
import { ArtifactError } from './failure.js';
import { isFloat } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';
import type { ValueSpec } from '../runtime/process/model-process.js';
import type { OpenArtifact } from './opening.js';

/** One artifact under measurement. */
export interface Subject {
  readonly path: string;
  readonly role: 'baseline' | 'candidate';
  readonly process: OpenArtifact;
}

/** Throws `model` when a candidate cannot stand in for the baseline: other inputs, or outputs missing. */
export function checkInterfaces(baseline: Subject, candidate: Subject): void {
  const wanted = baseline.process.inputs;
  const given = candidate.process.inputs;
  for (const input of wanted) {
    const twin = given.find(({ name }) => name === input.name);
    if (!twin) throw mismatch(candidate, `has no input "${input.name}"`, given);
    if (!canTake(twin, input)) {
      throw mismatch(candidate, `takes ${describe(twin)} where the baseline takes ${describe(input)}`, given);
    }
  }
  const extra = given.find(({ name }) => !wanted.some((input) => input.name === name));
  if (extra) throw mismatch(candidate, `has an input "${extra.name}" that the baseline has not`, given);
  for (const { name } of baseline.process.outputs) {
    if (!candidate.process.outputs.some((output) => output.name === name)) {
      throw mismatch(candidate, `has no output "${name}"`, candidate.process.outputs);
    }
  }
}

/**
 * A sample's inputs in the types that the subject takes: a float16 model gets the same numbers as its float32 baseline.
 */
export function feedsFor(subject: Subject, inputs: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor> {
  const feeds = new Map<string, Tensor>();
  for (const { name, dtype } of subject.process.inputs) {
    const tensor = inputs.get(name);
    if (!tensor) continue;
    feeds.set(
      name,
      tensor.dtype === dtype ? tensor : Tensor.fromNumbers(dtype, tensor.dims, tensor.toNumbers()),
    );
  }
  return feeds;
}

/** Fixed lengths must be equal, a free one takes anything; floats of any width are converted. */
function canTake(candidate: ValueSpec, baseline: ValueSpec): boolean {
  return (
    (candidate.dtype === baseline.dtype || (isFloat(candidate.dtype) && isFloat(baseline.dtype))) &&
    candidate.dims.length === baseline.dims.length &&
    candidate.dims.every((dim, axis) => {
      const other = baseline.dims[axis];
      return typeof dim !== 'number' || typeof other !== 'number' || dim === other;
    })
  );
}

function describe({ name, dtype, dims }: ValueSpec): string {
  return `"${name}" ${dtype}[${dims.map((dim) => (dim === '' ? '?' : dim)).join(', ')}]`;
}

function mismatch(candidate: Subject, what: string, has: readonly ValueSpec[]): InferOptError {
  return new ArtifactError(
    'interface',
    `${candidate.path}: ${what}, so it cannot be compared with the baseline`,
    `it has: ${has.map(describe).join(', ')}`,
  );
}
