import { z } from 'zod';
import { readEnvironment } from '../../bench/environment.js';
import { openDataset } from '../../data/dataset.js';
import { augmentations } from '../../distill/augment/list.js';
import { distillModel } from '../../distill/distill.js';
import { fakeQuantizations } from '../../distill/fake-quantization/list.js';
import { losses } from '../../distill/losses/list.js';
import { optimizers } from '../../distill/optimizers/list.js';
import { inputSpecs } from '../../ir/tensor-inputs.js';
import { loadModel } from '../../onnx/load.js';
import { keyOf } from '../../search/cache/key.js';
import { shellWord } from '../../search/command.js';
import { modelFile } from '../../search/file-sum.js';
import { dataKeyOf, versionKeyOf } from '../../search/keys.js';
import { durationText, millisecondsOf } from '../duration.js';
import type { RecipeStep, StepContext } from './step.js';

const oneOf = (list: readonly { readonly name: string }[], ...more: string[]) =>
  z.enum([...more, ...list.map(({ name }) => name)]);

const settings = z
  .strictObject({
    teacher: z
      .string()
      .min(1)
      .optional()
      .describe('the model to learn from; the model of the recipe without'),
    time: durationText.optional().describe('how long to train'),
    epochs: z.int().min(1).optional().describe('how often to go through the samples'),
    loss: oneOf(losses, 'auto').optional().describe('what is to be alike'),
    temperature: z.number().gt(0).optional().describe('softens the distributions over classes'),
    optimizer: oneOf(optimizers).optional().describe('how weights are moved'),
    rate: z.number().gt(0).optional().describe('learning rate at its highest'),
    decay: z.number().min(0).lt(1).optional().describe('weight decay, in learning rates'),
    batch: z.int().min(1).max(4096).optional().describe('samples of one step'),
    augment: z
      .string()
      .min(1)
      .optional()
      .describe(`auto, none, or some of ${augmentations.map(({ name }) => name).join(',')} with commas`),
    round: oneOf(fakeQuantizations).optional().describe('train against the rounding of weights to come'),
    freeze: z.array(z.string().min(1)).optional().describe('nodes whose weights stay: /head/*, op:Gemm'),
    init: z.enum(['student', 'random']).optional().describe('weights at the start'),
  })
  .refine(({ time, epochs }) => time !== undefined || epochs !== undefined, 'expected a time or epochs');

type DistillSettings = z.infer<typeof settings>;

/** `infer-opt distill` on what the steps before made: a part of it comes from the cache where it was made before. */
export const distill: RecipeStep = {
  name: 'distill',
  summary: 'the model trained to give what its teacher gives, on the calibration samples',
  settings,
  changesModel: true,
  outputs: () => [],
  describe(given) {
    const { freeze = [], teacher, ...rest } = given as DistillSettings;
    const flags = Object.entries(rest).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const words = [
      ...(teacher === undefined ? [] : ['--teacher', teacher]),
      ...flags,
      ...freeze.flatMap((pattern) => ['--freeze', pattern]),
    ];
    return ['distill', ...words.map(shellWord)].join(' ');
  },
  async run(given, context) {
    const { time, init, teacher: said, ...rest } = given as DistillSettings;
    const teacher = said === undefined ? context.original : context.resolve(said);
    const key = await keyFor(given, context, teacher);
    const found = await context.cache?.restore(key, context.output);
    if (found !== undefined) {
      return {
        result: null,
        warnings: Array.isArray(found.facts) ? found.facts.map(String) : [],
        cached: true,
      };
    }
    const result = await distillModel({
      ...rest,
      student: context.current,
      teacher,
      output: context.output,
      data: context.data,
      dataset: context.dataset,
      timeMs: millisecondsOf(time),
      initialize: init === 'random',
      threads: context.threads,
      progress: context.progress,
      signal: context.signal,
    });
    context.signal?.throwIfAborted();
    await context.cache?.keep(key, context.output, result.warnings);
    return { result, warnings: result.warnings, cached: false };
  },
};

async function keyFor(given: object, context: StepContext, teacher: string): Promise<string> {
  const { data, dataset, threads } = context;
  const samples = await openDataset(data, inputSpecs(await loadModel(context.original)), dataset);
  return keyOf({
    kind: 'artifact',
    transform: 'distill',
    settings: given,
    input: context.currentSha256,
    teacher: (await modelFile(teacher)).sha256,
    versions: versionKeyOf(await readEnvironment()),
    data: dataKeyOf(samples, data, dataset),
    threads,
  });
}
