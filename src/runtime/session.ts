import type { InferenceSession } from 'onnxruntime-node';
import { InferOptError, messageOf } from '../errors.js';
import { Model } from '../ir/model.js';
import type { Dim } from '../ir/types.js';
import { encodeModel } from '../onnx/write.js';
import type { DType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { loadBinding, type Binding } from './binding.js';
import { fromRuntime, isExchangeable, toRuntime } from './exchange.js';
import { openError, withoutSourceLocations } from './open-error.js';
import { runtimeOptions, type SessionOptions } from './session-options.js';

export type { SessionOptions };

/** An input or output of an open model. */
export interface SessionValue {
  readonly name: string;
  /** Undefined when it is no tensor (a sequence or map, which cannot be fed or fetched). */
  readonly dtype: DType | undefined;
  /** Each a length, the name of a symbolic dimension, or undefined; empty for a scalar, or for a rank that is unknown. */
  readonly dims: readonly Dim[];
}

/**
 * Opens a model in the runtime. Throws `model`, in one line, when the runtime refuses it, `environment`
 * when there is no runtime. A malformed model can end the process: `probeModel` finds out in a child.
 */
export async function openSession(
  source: Model | Uint8Array | string,
  options: SessionOptions = {},
): Promise<Session> {
  const binding = await loadBinding();
  const settings = runtimeOptions(options);
  try {
    const session =
      typeof source === 'string'
        ? await binding.InferenceSession.create(source, settings)
        : await binding.InferenceSession.create(
            source instanceof Model ? encodeModel(source) : source,
            settings,
          );
    return new Session(session, binding, options.profilePrefix !== undefined);
  } catch (error) {
    if (error instanceof InferOptError) throw error;
    throw openError(
      error,
      typeof source === 'string' ? source : undefined,
      source instanceof Model ? source : undefined,
    );
  }
}

/** A model, open in the runtime. Runs block this thread: the binding computes synchronously. */
export class Session {
  readonly inputs: readonly SessionValue[];
  readonly outputs: readonly SessionValue[];
  readonly #session: InferenceSession;
  readonly #binding: Binding;
  readonly #profiled: boolean;
  #open = true;

  /** For `openSession` alone. */
  constructor(session: InferenceSession, binding: Binding, profiled: boolean) {
    this.#session = session;
    this.#binding = binding;
    this.#profiled = profiled;
    this.inputs = session.inputMetadata.map(describe);
    this.outputs = session.outputMetadata.map(describe);
  }

  /**
   * One inference. Without `fetches` all outputs that are tensors come back; in the outputs' order.
   * Throws `data` when a feed is missing, unknown, or of another type or shape than the model takes, and
   * when the runtime fails on these values; `model` when an output has a type that cannot be fetched.
   */
  async run(feeds: ReadonlyMap<string, Tensor>, fetches?: readonly string[]): Promise<Map<string, Tensor>> {
    if (!this.#open) throw new InferOptError('internal', 'the session is closed');
    const wanted = this.#wanted(fetches);
    const results = await this.#run(feeds, wanted);
    return new Map(wanted.map((name) => [name, fromRuntime(results[name] as never)]));
  }

  /**
   * One inference that writes into tensors of the outputs' types and shapes, by name. For loops: the memory of results
   * that are handed out is the runtime's, and it is free again only when the garbage collector comes to them.
   * Throws as `run` does.
   */
  async runInto(feeds: ReadonlyMap<string, Tensor>, results: ReadonlyMap<string, Tensor>): Promise<void> {
    if (!this.#open) throw new InferOptError('internal', 'the session is closed');
    const wanted = this.#wanted([...results.keys()]);
    const { Tensor: make } = this.#binding;
    const into = wanted.map((name) => [name, toRuntime(results.get(name)!, make)]);
    await this.#run(feeds, Object.fromEntries(into) as InferenceSession.OnnxValueMapType);
  }

  async #run(
    feeds: ReadonlyMap<string, Tensor>,
    wanted: string[] | InferenceSession.OnnxValueMapType,
  ): Promise<InferenceSession.ReturnType> {
    const given = this.#feeds(feeds);
    try {
      return await this.#session.run(given, wanted as InferenceSession.FetchesType);
    } catch (error) {
      throw new InferOptError(
        'data',
        `the runtime failed: ${withoutSourceLocations(messageOf(error)).replaceAll('Status Message: ', '')}`,
        { cause: error },
      );
    }
  }

  /** Frees the model's memory, and completes its profile where one was asked for. Harmless a second time. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    if (this.#profiled) this.#session.endProfiling();
    await this.#session.release();
  }

  #wanted(fetches: readonly string[] | undefined): string[] {
    const wanted = (
      fetches ?? this.outputs.filter((output) => output.dtype !== undefined).map(({ name }) => name)
    ).slice();
    if (wanted.length === 0) throw new InferOptError('model', 'the model has no output that is a tensor');
    for (const name of wanted) {
      const output = this.outputs.find((candidate) => candidate.name === name);
      if (output === undefined) throw new InferOptError('internal', `the model has no output ${name}`);
      if (output.dtype === undefined || !isExchangeable(output.dtype)) {
        throw new InferOptError(
          'model',
          `output ${name} is ${output.dtype ?? 'no tensor'}, which onnxruntime-node cannot hand out`,
          { hint: 'end the graph with a Cast to float32' },
        );
      }
    }
    return wanted;
  }

  #feeds(feeds: ReadonlyMap<string, Tensor>): InferenceSession.FeedsType {
    const given: Record<string, InferenceSession.OnnxValueMapType[string]> = {};
    for (const input of this.inputs) {
      const tensor = feeds.get(input.name);
      if (tensor === undefined) throw new InferOptError('data', `input ${input.name} is not given`);
      checkFeed(input, tensor);
      given[input.name] = toRuntime(tensor, this.#binding.Tensor);
    }
    for (const name of feeds.keys()) {
      if (!(name in given)) {
        const names = this.inputs.map((input) => input.name).join(', ');
        throw new InferOptError('data', `the model has no input ${name}`, {
          hint: `its inputs are ${names}`,
        });
      }
    }
    return given;
  }
}

function checkFeed(input: SessionValue, tensor: Tensor): void {
  if (input.dtype === undefined)
    throw new InferOptError('model', `input ${input.name} is no tensor and cannot be fed`);
  const fits =
    tensor.dtype === input.dtype &&
    // The binding reports an unknown rank as no dims at all: then only the runtime can tell.
    (input.dims.length === 0 ||
      (tensor.dims.length === input.dims.length &&
        input.dims.every((dim, axis) => typeof dim !== 'number' || dim === tensor.dims[axis])));
  if (fits) return;
  throw new InferOptError(
    'data',
    `input ${input.name} takes ${input.dtype}[${input.dims.map((dim) => dim ?? '?').join(',')}], not ${tensor.dtype}[${tensor.dims.join(',')}]`,
  );
}

function describe(metadata: InferenceSession.ValueMetadata): SessionValue {
  if (!metadata.isTensor) return { name: metadata.name, dtype: undefined, dims: [] };
  const dims = metadata.shape.map((dim) => (dim === '' ? undefined : dim));
  return { name: metadata.name, dtype: metadata.type, dims };
}
