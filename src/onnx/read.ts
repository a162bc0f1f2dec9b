import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { InferOptError, messageOf, readableReason } from '../errors.js';
import { Model } from '../ir/model.js';
import { toNumber, type ModelMessage } from './messages.js';
import { readFunction, readGraph, readOpsets } from './read-graph.js';
import { modelType } from './schema.js';

/** Protobuf counts bytes with 31 bits; a larger file cannot be one. */
const protobufLimit = 2 ** 31;

/**
 * Reads an ONNX file. Weights are views into the file's bytes; external data is read from beside the file
 * when a tensor is looked at. Throws `model` with one line for anything that is not a sound file.
 */
export async function readModel(file: string): Promise<Model> {
  let bytes: Uint8Array;
  try {
    const status = await stat(file);
    const { size } = status;
    // A device never ends, and a pipe that nobody writes to never begins.
    if (!status.isFile() && !status.isDirectory()) {
      throw new InferOptError('model', `${file} is no regular file`, {
        hint: 'write the model to a file first',
      });
    }
    if (size >= protobufLimit) {
      throw new InferOptError('model', `${file} has ${size} bytes; an ONNX file ends at 2 GiB`, {
        hint: 'save the model with external data',
      });
    }
    bytes = await readFile(file);
  } catch (cause) {
    if (cause instanceof InferOptError) throw cause;
    throw new InferOptError('model', `cannot read ${file}: ${readableReason(cause)}`, { cause });
  }
  try {
    return decodeModel(bytes, path.dirname(path.resolve(file)));
  } catch (cause) {
    if (!(cause instanceof InferOptError) || cause.code !== 'model') throw cause;
    const hint = cause.hint === undefined ? {} : { hint: cause.hint };
    throw new InferOptError('model', `${file}: ${cause.message}`, { cause, ...hint });
  }
}

/** Decodes an ONNX file that is in memory; `directory` is where its external data lies. */
export function decodeModel(bytes: Uint8Array, directory?: string): Model {
  if (bytes.byteLength === 0) throw new InferOptError('model', 'the file is empty');
  let message: ModelMessage;
  try {
    message = modelType.decode(bytes) as ModelMessage;
  } catch (cause) {
    throw new InferOptError('model', `this is no ONNX file, or it is cut off (${messageOf(cause)})`, {
      cause,
    });
  }
  if (!message.graph) throw new InferOptError('model', 'this is no ONNX model: it holds no graph');
  const graph = readGraph(message.graph, { directory });
  const model = new Model(graph, readOpsets(message.opsetImport), toNumber(message.irVersion ?? 0));
  for (const body of message.functions ?? []) model.functions.push(readFunction(body, directory));
  for (const { key, value } of message.metadataProps ?? []) model.metadata.set(key ?? '', value ?? '');
  model.producerName = message.producerName ?? '';
  model.producerVersion = message.producerVersion ?? '';
  model.carried = message;
  model.directory = directory;
  return model;
}
