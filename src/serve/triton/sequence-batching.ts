import { InferOptError } from '../../errors.js';
import type { ModelInterface, ServedTensor } from '../interface.js';
import type { ServingSettings } from '../settings.js';
import type { Backend } from './backend.js';
import { dataType, shapeOf } from './tensors.js';
import type { Message } from './text-format.js';

/** An output that is an input of the next step of the same sequence. */
export interface StatePair {
  readonly output: ServedTensor;
  readonly input: ServedTensor;
}

/**
 * The pairs that a state map (output to input) means.
 *
 * @throws InferOptError `usage` for names that the model does not have, or a pair of two types
 */
export function statePairs(
  state: ReadonlyMap<string, string>,
  { inputs, outputs }: ModelInterface,
): StatePair[] {
  return [...state].map(([outputName, inputName]) => {
    const output = outputs.find(({ name }) => name === outputName);
    const input = inputs.find(({ name }) => name === inputName);
    const missing =
      output === undefined ? `output ${outputName}` : input === undefined ? `input ${inputName}` : '';
    if (output === undefined || input === undefined) {
      throw new InferOptError('usage', `state: the model has no ${missing}`, {
        hint: 'a state map names outputs, each with the input that it is fed to',
      });
    }
    if (output.dtype !== input.dtype) {
      throw new InferOptError(
        'usage',
        `state: ${outputName} is ${output.dtype}, but ${inputName} takes ${input.dtype}`,
      );
    }
    return { output, input };
  });
}

/** The interface that clients see: without the tensors that the server carries from step to step. */
export function withoutState(
  { inputs, outputs }: ModelInterface,
  pairs: readonly StatePair[],
): ModelInterface {
  return {
    inputs: inputs.filter(({ name }) => !pairs.some(({ input }) => input.name === name)),
    outputs: outputs.filter(({ name }) => !pairs.some(({ output }) => output.name === name)),
  };
}

/**
 * The sequence batcher with the state kept by the server; every sequence begins with zeros. Requests of one
 * sequence go to one instance. With batches, steps of several sequences are joined, the oldest first.
 */
export function sequenceBatching(
  pairs: readonly StatePair[],
  options: { backend: Backend; batched: boolean; settings: ServingSettings; idleMs: number },
): Message {
  const { backend, batched, settings } = options;
  return {
    ...(batched
      ? {
          oldest: {
            max_candidate_sequences: settings.maxBatch * 4,
            max_queue_delay_microseconds: Math.round(settings.windowMs * 1000),
          },
        }
      : { direct: {} }),
    max_sequence_idle_microseconds: Math.round(options.idleMs * 1000),
    state: pairs.map(({ input, output }) => ({
      input_name: input.name,
      output_name: output.name,
      data_type: dataType(input, backend),
      dims: nonEmpty(shapeOf(input, batched)),
      initial_state: {
        name: `zeros for ${input.name}`,
        data_type: dataType(input, backend),
        dims: nonEmpty(initialDims(input, batched)),
        zero_data: true,
      },
    })),
  };
}

function nonEmpty(dims: readonly number[]): readonly number[] {
  return dims.length === 0 ? [1] : dims;
}

/** Lengths of the state that a sequence begins with: an open one can only be the batch, of which there is one. */
function initialDims(input: ServedTensor, batched: boolean): number[] {
  const lengths = shapeOf(input, batched);
  const open = lengths.filter((length) => length === -1).length;
  if (open > 1 || (batched && open > 0)) {
    throw new InferOptError(
      'model',
      `state ${input.name} has open lengths, so what a sequence begins with is not known`,
      {
        hint: 'fix its lengths in the model, apart from the batch',
      },
    );
  }
  return lengths.map((length) => (length === -1 ? 1 : length));
}
