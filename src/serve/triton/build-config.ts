import { InferOptError } from '../../errors.js';
import type { BatchAxis } from '../batch-axis.js';
import type { ModelInterface } from '../interface.js';
import type { ServingSettings } from '../settings.js';
import { acceleration, type ChosenAccelerator } from './accelerators.js';
import type { Backend } from './backend.js';
import { dynamicBatching } from './dynamic-batching.js';
import { instanceGroup, type InstanceGroup } from './instance-group.js';
import type { ModelConfig, TensorConfig } from './model-config.js';
import { sequenceBatching, statePairs, withoutState } from './sequence-batching.js';
import { tensorConfig } from './tensors.js';
import type { Message } from './text-format.js';
import { warmUps } from './warm-up.js';

/** What a configuration is made from. */
export interface ConfigWishes {
  readonly name: string;
  readonly backend: Backend;
  /** Undefined when it cannot be known (an engine without its manifest): the server then reads it itself. */
  readonly interface: ModelInterface | undefined;
  readonly batch: BatchAxis;
  readonly settings: ServingSettings;
  readonly group: Omit<InstanceGroup, 'count'>;
  /** Threads of an instance inside an operator; undefined leaves the choice to the server. */
  readonly threads: number | undefined;
  /** Output to input. */
  readonly state: ReadonlyMap<string, string>;
  readonly idleMs: number;
  /** Runs of each warm-up; 0 for none. */
  readonly warmUpRuns: number;
  /** Lengths of each input's dims for a warm-up request, batch included; undefined for no warm-up. */
  readonly lengths: ReadonlyMap<string, readonly number[]> | undefined;
  readonly versions: Message | undefined;
  readonly responseCache: boolean;
  readonly accelerators: readonly ChosenAccelerator[];
  /** The runtime saved the graph after its own optimization, which must not be done again. */
  readonly saved: boolean;
  /** File in the model's folder with the labels of an output. */
  readonly labels: ReadonlyMap<string, string>;
}

/** The configuration of one model. Throws `model` or `usage` for what Triton cannot serve. */
export function buildConfig(wishes: ConfigWishes): ModelConfig {
  const { backend, settings, batch } = wishes;
  const stateful = wishes.state.size > 0;
  const whole = wishes.interface;
  if (whole === undefined && stateful)
    throw new InferOptError('usage', 'state cannot be carried for a model whose inputs are not known');
  const pairs = whole === undefined ? [] : statePairs(wishes.state, whole);
  const visible = whole === undefined ? undefined : withoutState(whole, pairs);
  const input = visible?.inputs.map((tensor) => tensorConfig(tensor, backend, batch.dynamic));
  const output = visible?.outputs.map((tensor) => tensorConfig(tensor, backend, batch.dynamic));
  return {
    name: wishes.name,
    backend: backend.name,
    max_batch_size: whole === undefined ? undefined : batch.dynamic ? settings.maxBatch : 0,
    input,
    output: output === undefined ? undefined : labelled(output, wishes.labels),
    version_policy: wishes.versions,
    ...(stateful
      ? {
          sequence_batching: sequenceBatching(pairs, {
            backend,
            batched: batch.dynamic,
            settings,
            idleMs: wishes.idleMs,
          }),
        }
      : { dynamic_batching: batch.dynamic ? dynamicBatching(settings) : undefined }),
    instance_group: [instanceGroup({ ...wishes.group, count: settings.instances })],
    optimization: optimization(wishes),
    response_cache: wishes.responseCache ? { enable: true } : undefined,
    // A step of a sequence outside of any sequence is refused, so a model with state cannot be warmed up like this.
    model_warmup: stateful || visible === undefined ? undefined : warmUpsOf(wishes, visible, input!),
    parameters:
      wishes.threads === undefined || backend.name !== 'onnxruntime'
        ? undefined
        : [{ key: 'intra_op_thread_count', value: { string_value: String(wishes.threads) } }],
  };
}

/** Level 2 turns the runtime's own optimization off (README of triton-inference-server/onnxruntime_backend). */
function optimization({ accelerators, saved }: ConfigWishes): Message | undefined {
  const graph = saved ? { graph: { level: 2 } } : undefined;
  const accelerated = acceleration(accelerators);
  return graph === undefined && accelerated === undefined ? undefined : { ...graph, ...accelerated };
}

function warmUpsOf(
  wishes: ConfigWishes,
  visible: ModelInterface,
  input: readonly TensorConfig[],
): Message[] | undefined {
  const { batch, settings, lengths } = wishes;
  if (lengths === undefined || wishes.warmUpRuns === 0) return undefined;
  const tensors = visible.inputs.map(({ name, dtype }, index) => {
    const config = input[index]!;
    const whole = lengths.get(name) ?? [];
    return {
      config,
      dtype,
      lengths: config.reshape === undefined ? whole.slice(batch.dynamic ? 1 : 0) : [1],
    };
  });
  return warmUps(tensors, batch.dynamic ? [1, settings.maxBatch] : [1], wishes.warmUpRuns);
}

function labelled(outputs: readonly TensorConfig[], labels: ReadonlyMap<string, string>): TensorConfig[] {
  for (const name of labels.keys()) {
    if (!outputs.some((output) => output.name === name))
      throw new InferOptError('usage', `labels: the model has no output ${name}`);
  }
  return outputs.map((output) => {
    const file = labels.get(output.name);
    return file === undefined ? output : { ...output, label_filename: file };
  });
}
