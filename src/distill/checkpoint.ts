import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import { InferOptError, messageOf } from '../errors.js';
import { Model } from '../ir/model.js';
import { decodeModel } from '../onnx/read.js';
import { writeModel } from '../onnx/write-file.js';
import type { Tensor } from '../tensor/tensor.js';
import type { LoopState } from './loop/loop.js';

/** A training that was stopped: what its step and its loop need to go on. */
export interface Checkpoint {
  readonly state: ReadonlyMap<string, Tensor>;
  readonly loop: LoopState;
}

const statePrefix = 'state:';
const bestPrefix = 'best:';
const key = 'infer-opt/checkpoint';

const facts = z.object({
  fingerprint: z.string(),
  steps: z.int().min(0),
  milliseconds: z.number().min(0),
  waited: z.int().min(0),
  best: z.object({ loss: z.number(), agreement: z.number().nullable(), step: z.int().min(0) }).nullable(),
});

/** A sum over everything that must be the same for a training to go on. */
export function fingerprintOf(parts: object): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Writes a checkpoint, whole or not at all: tensors as constants of an ONNX file without nodes. */
export async function saveCheckpoint(
  path: string,
  { state, loop }: Checkpoint,
  fingerprint: string,
): Promise<void> {
  const model = Model.create(17, 'checkpoint');
  for (const [name, tensor] of state) model.graph.declare(`${statePrefix}${name}`).constant = tensor;
  for (const [name, tensor] of loop.best?.weights ?? []) {
    model.graph.declare(`${bestPrefix}${name}`).constant = tensor;
  }
  const { steps, milliseconds, waited } = loop;
  const best =
    loop.best === undefined
      ? null
      : { loss: loop.best.loss, agreement: loop.best.agreement, step: loop.best.step };
  model.metadata.set(key, JSON.stringify({ fingerprint, steps, milliseconds, waited, best }));
  await writeModel(model, path);
}

/**
 * Reads a checkpoint; undefined where there is none. Throws `usage` where it is of another training, `data` where it
 * is none.
 */
export async function loadCheckpoint(path: string, fingerprint: string): Promise<Checkpoint | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new InferOptError('data', `${path} cannot be read: ${messageOf(thrown)}`, { cause: thrown });
  }
  const { model, found } = parsed(path, bytes);
  if (found.fingerprint !== fingerprint) {
    throw new InferOptError('usage', `${path} is the checkpoint of another training`, {
      hint: 'give the same models, data and settings as then, or another --checkpoint',
    });
  }
  const state = new Map<string, Tensor>();
  const weights = new Map<string, Tensor>();
  for (const { name, constant } of model.graph.constants()) {
    if (name.startsWith(statePrefix)) state.set(name.slice(statePrefix.length), constant);
    else weights.set(name.slice(bestPrefix.length), constant);
  }
  const { steps, milliseconds, waited, best } = found;
  return {
    state,
    loop: { steps, milliseconds, waited, best: best === null ? undefined : { ...best, weights } },
  };
}

function parsed(path: string, bytes: Uint8Array): { model: Model; found: z.infer<typeof facts> } {
  try {
    const model = decodeModel(bytes);
    return { model, found: facts.parse(JSON.parse(model.metadata.get(key) ?? 'null')) };
  } catch (thrown) {
    throw new InferOptError('data', `${path} is no checkpoint`, {
      hint: 'remove it, or give another --checkpoint',
      cause: thrown,
    });
  }
}

/** A training that is over leaves none behind. */
export async function removeCheckpoint(path: string): Promise<void> {
  await rm(path, { force: true });
}
