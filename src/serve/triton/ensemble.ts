import { InferOptError } from '../../errors.js';
import type { ModelConfig, TensorConfig } from './model-config.js';
import type { Message } from './text-format.js';

/** A field of a map whose keys and values are names; a type, so that it is a `Message`. */
type MapEntry = { readonly key: string; readonly value: string };

/** A model of a pipeline, as its configuration describes it. */
export interface EnsembleStep {
  readonly config: ModelConfig;
}

/**
 * Models that run one after the other as one: an input is fed by the nearest earlier output of that name, by the
 * only output of the step before where both have one and the names differ, else by the caller. The last step's
 * outputs come back.
 *
 * @throws InferOptError `usage` where types or shapes of two steps do not fit, or a step cannot be joined
 */
export function ensembleConfig(name: string, steps: readonly EnsembleStep[]): ModelConfig {
  if (steps.length < 2) throw new InferOptError('usage', 'an ensemble joins two models or more');
  const unknown = steps.find(({ config }) => config.input === undefined || config.output === undefined);
  if (unknown !== undefined)
    throw new InferOptError(
      'usage',
      `${unknown.config.name}: its inputs and outputs are not known, so it cannot be joined`,
    );
  const maxBatch = Math.min(...steps.map(({ config }) => config.max_batch_size ?? 0));
  const inputs = new Map<string, TensorConfig>();
  const made = new Map<string, { tensor: TensorConfig; full: readonly number[]; by: string }>();
  let before: readonly TensorConfig[] = [];
  const scheduled: Message[] = steps.map(({ config }, index) => {
    const batched = (config.max_batch_size ?? 0) > 0;
    const inputMap = config.input!.map((input) => {
      const only = index > 0 && config.input!.length === 1 && before.length === 1 ? before[0] : undefined;
      const source = made.get(input.name) ?? (only === undefined ? undefined : made.get(only.name));
      if (source === undefined) {
        const first = inputs.get(input.name);
        const outer = { ...input, dims: outerDims(input.dims, batched, maxBatch) };
        if (first === undefined) inputs.set(input.name, outer);
        else
          check(name, { tensor: first, full: first.dims, by: 'the caller' }, outer, outer.dims, config.name);
      } else {
        check(name, source, input, fullDims(input.dims, batched), config.name);
      }
      return { key: input.name, value: source?.tensor.name ?? input.name };
    });
    const outputMap = config.output!.map((output) => {
      if (made.has(output.name) || inputs.has(output.name)) {
        throw new InferOptError('usage', `ensemble ${name}: two tensors are called ${output.name}`, {
          hint: 'rename the output of one of the models',
        });
      }
      return { key: output.name, value: output.name };
    });
    for (const output of config.output!) {
      made.set(output.name, { tensor: output, full: fullDims(output.dims, batched), by: config.name });
    }
    before = config.output!;
    return { model_name: config.name, model_version: -1, input_map: inputMap, output_map: outputMap };
  });
  const final = steps.at(-1)!.config;
  const read = new Set(
    scheduled.flatMap(({ input_map }) => (input_map as MapEntry[]).map(({ value }) => value)),
  );
  for (const { name: output } of final.output!) read.add(output);
  return {
    name,
    platform: 'ensemble',
    max_batch_size: maxBatch,
    input: [...inputs.values()].map(plain),
    output: final.output!.map((output) =>
      plain({ ...output, dims: outerDims(output.dims, (final.max_batch_size ?? 0) > 0, maxBatch) }),
    ),
    // An output that nobody reads stays out of the pipeline.
    ensemble_scheduling: {
      step: scheduled.map((step) => ({
        ...step,
        output_map: (step.output_map as MapEntry[]).filter(({ value }) => read.has(value)),
      })),
    },
  };
}

/** Without what only a model of its own may have. */
function plain({ name, data_type, dims }: TensorConfig): TensorConfig {
  return { name, data_type, dims };
}

function fullDims(dims: readonly number[], batched: boolean): readonly number[] {
  return batched ? [-1, ...dims] : dims;
}

/** Dims as the ensemble writes them: with the batch where the ensemble itself takes none. */
function outerDims(dims: readonly number[], batched: boolean, maxBatch: number): readonly number[] {
  return maxBatch > 0 ? dims : fullDims(dims, batched);
}

function check(
  ensemble: string,
  source: { tensor: TensorConfig; full: readonly number[]; by: string },
  target: TensorConfig,
  full: readonly number[],
  step: string,
): void {
  const fits =
    source.tensor.data_type.enum === target.data_type.enum &&
    source.full.length === full.length &&
    source.full.every((dim, axis) => dim === -1 || full[axis] === -1 || dim === full[axis]);
  if (fits) return;
  const describe = (tensor: TensorConfig, dims: readonly number[]): string =>
    `${tensor.data_type.enum}[${dims.join(',')}]`;
  throw new InferOptError(
    'usage',
    `ensemble ${ensemble}: ${source.by} gives ${source.tensor.name} as ${describe(source.tensor, source.full)}, but ${step} takes ${describe(target, full)}`,
    { hint: 'give the models in the order that they run in' },
  );
}
