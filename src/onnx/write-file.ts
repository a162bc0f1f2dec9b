import { createHash } from 'node:crypto';
import { open, readdir, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Model } from '../ir/model.js';
import { writeWhole } from '../output-file.js';
import { dtypeCode } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { externalFiles } from './external-files.js';
import { weightBytes } from './large.js';
import { externalLocation } from './messages.js';
import { readModel } from './read.js';
import { modelType } from './schema.js';
import { encodeModel, modelMessage, tensorMessage } from './write.js';

/** Below the 2 GiB that protobuf can count, with room for everything that is no weight. */
const embeddedLimit = 1.9e9;

/** The same where some weights are in files, not in memory. */
const unreadLimit = 2 ** 28;

/** Smaller tensors stay inside: shapes and axes must be readable without the data file. */
const externalMinimum = 1024;

/** A larger file holds its weights itself, and need not be looked into for the names of data files. */
const largestWithoutWeights = 64 * 2 ** 20;

/** Between the data file and its model lies a moment, not an hour. */
const freshMilliseconds = 3_600_000;

/** Offsets that memory maps like. */
const alignment = 64;

/**
 * Writes a model, whole or not at all. When its weights would not fit into one protobuf file they go into
 * `<name>.<hash>.data` beside it; the hash keeps an older model with its own data intact until the new one
 * is in place.
 */
export async function writeModel(
  model: Model,
  file: string,
  options: { embeddedLimit?: number; signal?: AbortSignal } = {},
): Promise<void> {
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  // The model that is replaced need not be read where no data lies beside it.
  const replaced = (await dataFilesBeside(file)).length === 0 ? [] : await dataFilesOf(file);
  const weights = weightBytes(model);
  if (weights <= (options.embeddedLimit ?? limitOf(model))) {
    await writeWhole(file, (temporary) => writeFile(temporary, encodeModel(model)), signal);
    await removeDataFiles(file, replaced, '');
    return;
  }
  const data = await writeData(model, file, signal);
  const message = modelMessage(model, (name, tensor) => {
    const place = data.places.get(tensor);
    if (place === undefined) return tensorMessage(name, tensor, true);
    return {
      dims: [...tensor.dims],
      dataType: dtypeCode(tensor.dtype),
      name,
      dataLocation: externalLocation,
      externalData: [
        { key: 'location', value: data.name },
        { key: 'offset', value: String(place) },
        { key: 'length', value: String(tensor.byteLength) },
      ],
    };
  });
  await writeWhole(file, (temporary) => writeFile(temporary, modelType.encode(message).finish()), signal);
  await removeDataFiles(file, replaced, data.name);
}

/** What is not in memory is not brought there to be written, unless it is small. */
function limitOf(model: Model): number {
  for (const graph of model.graphs()) {
    for (const { constant } of graph.constants()) if (!constant.inMemory) return unreadLimit;
  }
  return embeddedLimit;
}

/** Streams the tensors, one after the other, into the data file, which is named after their sum. */
async function writeData(
  model: Model,
  file: string,
  options: { signal?: AbortSignal },
): Promise<{ name: string; places: Map<Tensor, number> }> {
  const places = new Map<Tensor, number>();
  const hash = createHash('sha256');
  let name = '';
  await writeWhole(
    `${file}.data`,
    async (temporary) => {
      const handle = await open(temporary, 'w');
      try {
        let offset = 0;
        for (const graph of model.graphs()) {
          for (const { constant } of graph.constants()) {
            if (constant.dtype === 'string' || constant.byteLength < externalMinimum || places.has(constant))
              continue;
            options.signal?.throwIfAborted();
            offset = Math.ceil(offset / alignment) * alignment;
            const bytes = constant.bytes();
            places.set(constant, offset);
            hash.update(bytes);
            await writeAll(handle, bytes, offset);
            offset += bytes.byteLength;
          }
        }
      } finally {
        await handle.close();
      }
      name = `${path.basename(file)}.${hash.digest('hex').slice(0, 16)}.data`;
    },
    { ...options, name: () => name },
  );
  return { name, places };
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    // One write is limited to 2 GiB - 1 on most systems, and may be shorter than asked for.
    const length = Math.min(bytes.byteLength - done, 2 ** 30);
    done += (await handle.write(bytes, done, length, offset + done)).bytesWritten;
  }
}

/**
 * Removes data files of this output that no model needs any more: those of the model that was replaced, and what
 * killed runs left. Another process may write the same output, with its data in place and its model not yet: what is
 * fresh and was not the replaced model's stays, and so does what the model that is there now reads.
 */
async function removeDataFiles(file: string, replaced: readonly string[], written: string): Promise<void> {
  const beside = await dataFilesBeside(file);
  if (beside.length === 0) return;
  const kept = new Set([written, ...(await dataFilesOf(file))]);
  for (const name of beside) {
    if (kept.has(name)) continue;
    const full = path.join(path.dirname(path.resolve(file)), name);
    if (replaced.includes(name) || !(await isFresh(full))) await rm(full, { force: true });
  }
}

/** Names of the data files of this output that are there, whichever model reads them. */
async function dataFilesBeside(file: string): Promise<string[]> {
  const prefix = `${path.basename(file)}.`;
  // A folder that cannot be listed holds nothing to remove; what is wrong with it is told when it is written to.
  const names = await readdir(path.dirname(path.resolve(file))).catch(() => []);
  return names.filter(
    (name) => name.startsWith(prefix) && /^[0-9a-f]{16}\.data$/.test(name.slice(prefix.length)),
  );
}

/** Names of the data files that the model at this path reads; none where there is no sound model. */
async function dataFilesOf(file: string): Promise<readonly string[]> {
  const status = await stat(file).catch(() => undefined);
  if (status === undefined || status.size > largestWithoutWeights) return [];
  try {
    return externalFiles(await readModel(file)).map((full) => path.basename(full));
  } catch {
    // What is no model, or misses its data, keeps nothing from being removed.
    return [];
  }
}

async function isFresh(file: string): Promise<boolean> {
  const status = await stat(file).catch(() => undefined);
  return status !== undefined && Date.now() - status.mtimeMs < freshMilliseconds;
}
