import { readEnvironment } from '../../bench/environment.js';
import { openDataset } from '../../data/dataset.js';
import { loadModel } from '../../onnx/load.js';
import { inputSpecs } from '../../ir/tensor-inputs.js';
import { shellWord } from '../../search/command.js';
import { dataKeyOf, versionKeyOf } from '../../search/keys.js';
import { make } from '../../search/make.js';
import type { Transform } from '../../search/transforms/transform.js';
import type { RecipeStep } from './step.js';

/** A command that makes one model out of another, as a step: kept by content, and not done again. */
export function transformStep(transform: Transform): RecipeStep {
  return {
    name: transform.name,
    summary: transform.summary,
    settings: transform.settings,
    changesModel: true,
    outputs: () => [],
    describe: (settings) => [transform.name, ...transform.flags(settings).map(shellWord)].join(' '),
    async run(settings, context) {
      const { data, dataset, threads, progress, signal, cache } = context;
      const samples = transform.readsSamples
        ? await openDataset(data, inputSpecs(await loadModel(context.original)), dataset)
        : undefined;
      return make(
        transform.name,
        settings,
        { model: context.current, output: context.output, data, dataset, threads, progress, signal },
        context.currentSha256,
        {
          cache,
          versionKey: versionKeyOf(await readEnvironment()),
          dataKey: samples === undefined ? null : dataKeyOf(samples, data, dataset),
        },
      );
    },
  };
}
