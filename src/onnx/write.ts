import type { Model } from '../ir/model.js';
import { dtypeCode } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { cloneMessage, toNumber, type ModelMessage, type TensorMessage } from './messages.js';
import { originOf } from './read-tensor.js';
import { modelType } from './schema.js';
import { writeFunction, writeGraph, writeOpsets, type TensorWriter } from './write-graph.js';

/**
 * The model as the bytes of an ONNX file. Tensors that lie in external files stay there (`external: 'keep'`,
 * good in the same folder only) or come inside (`embed`).
 */
export function encodeModel(model: Model, options: { external?: 'keep' | 'embed' } = {}): Uint8Array {
  const embed = options.external !== 'keep';
  return modelType.encode(modelMessage(model, (name, tensor) => tensorMessage(name, tensor, embed))).finish();
}

/** The whole model as a message, with tensors as `writeTensor` puts them. */
export function modelMessage(model: Model, writeTensor: TensorWriter): ModelMessage {
  const origin = (model.carried ?? {}) as ModelMessage;
  const message = cloneMessage(origin);
  if (toNumber(origin.irVersion ?? 0) !== model.irVersion) message.irVersion = model.irVersion;
  if ((origin.producerName ?? '') !== model.producerName) message.producerName = model.producerName;
  if ((origin.producerVersion ?? '') !== model.producerVersion)
    message.producerVersion = model.producerVersion;
  message.opsetImport = writeOpsets(model.opsets, origin.opsetImport);
  message.graph = writeGraph(model.graph, writeTensor);
  message.functions = model.functions.map((body) => writeFunction(body, writeTensor));
  const before = new Map((origin.metadataProps ?? []).map(({ key, value }) => [key ?? '', value ?? '']));
  const same =
    before.size === model.metadata.size &&
    [...model.metadata].every(([key, value]) => before.get(key) === value);
  if (!same) message.metadataProps = [...model.metadata].map(([key, value]) => ({ key, value }));
  return message;
}

/** A tensor as it came where it did come from a file, else with its elements as raw data. */
export function tensorMessage(name: string, tensor: Tensor, embed: boolean): TensorMessage {
  const origin = originOf(tensor);
  if (origin !== undefined && (tensor.inMemory || !embed)) {
    if ((origin.name ?? '') === name) return origin;
    const renamed = cloneMessage(origin);
    renamed.name = name;
    return renamed;
  }
  const message: TensorMessage = { dims: [...tensor.dims], dataType: dtypeCode(tensor.dtype), name };
  if (tensor.dtype === 'string') message.stringData = [...tensor.strings];
  else message.rawData = tensor.bytes();
  return message;
}
