import { InvalidArgumentError, Option, type Command } from 'commander';
import { augmentations } from '../../distill/augment/list.js';
import { fakeQuantizations } from '../../distill/fake-quantization/list.js';
import { losses } from '../../distill/losses/list.js';
import { optimizers } from '../../distill/optimizers/list.js';
import { namesOf, summariesOf } from '../declared.js';
import {
  duration,
  repeated,
  wholeNumber,
  withCommonOptions,
  withDataOptions,
  withOutputOption,
} from '../options.js';
import type { CommonFlags, DataFlags } from '../options.js';
import type { Terminal } from '../terminal.js';

interface DistillFlags extends CommonFlags, DataFlags {
  readonly output: string;
  readonly teacher: string;
  readonly time?: number;
  readonly epochs?: number;
  readonly loss: string;
  readonly temperature: number;
  readonly optimizer: string;
  readonly rate?: number;
  readonly decay?: number;
  readonly hintWeight?: number;
  readonly labelWeight?: number;
  readonly clip?: number;
  readonly batch?: number;
  readonly augment: string;
  readonly holdBack?: number;
  readonly patience?: number;
  readonly round?: string;
  readonly memory?: number;
  readonly checkpoint?: string;
  readonly freeze?: readonly string[];
  readonly init: string;
}

/** `infer-opt distill`: a student trained to give what its teacher gives, on unlabelled samples. */
export function distill(command: Command, terminal: Terminal): void {
  withOutputOption(command.argument('<student>', 'the float ONNX model to train'))
    .requiredOption('--teacher <model>', 'the ONNX model to learn from')
    .option('--time <duration>', 'how long to train: 10m', duration)
    .option('--epochs <n>', 'how often to go through the samples', wholeNumber(1, 1_000_000))
    .addOption(
      new Option('--loss <loss>', 'what is to be alike')
        .choices(['auto', ...namesOf(losses)])
        .default('auto'),
    )
    .option('--temperature <t>', 'softens the distributions over classes', positive, 2)
    .addOption(
      new Option('--optimizer <name>', 'how weights are moved').choices(namesOf(optimizers)).default('adam'),
    )
    .option('--rate <r>', "learning rate at its highest; the optimizer's own without", positive)
    .option(
      '--hint-weight <w>',
      'weight of inner values against outputs (400); 0 leaves them out',
      notNegative,
    )
    .option('--label-weight <w>', "weight of labels against the teacher's outputs (0)", notNegative)
    .option('--decay <d>', 'weight decay, in learning rates (0)', share)
    .option('--clip <norm>', 'largest norm of all gradients together (5)', positive)
    .option('--batch <n>', 'samples of one step (32)', wholeNumber(1, 4096))
    .option('--augment <list>', `auto, none, or some of ${namesOf(augmentations).join(',')}`, 'auto')
    .option('--hold-back <share>', 'share of the samples that chooses the best weights (0.1)', share)
    .option(
      '--patience <n>',
      'end after so many judgements (of 25) without a better one',
      wholeNumber(1, 1000),
    )
    .addOption(
      new Option('--round <name>', 'train against the rounding of weights to come').choices(
        namesOf(fakeQuantizations),
      ),
    )
    .option(
      '--memory <bytes>',
      'by how much training may grow the process: 500MB, 2GB (half of what is free)',
      bytes,
    )
    .option('--checkpoint <file>', 'keeps the state as training goes; an existing one is gone on from')
    .option('--freeze <pattern>', 'nodes whose weights stay: /head/*, op:Gemm; may be given again', repeated)
    .addOption(
      new Option('--init <how>', 'weights at the start').choices(['student', 'random']).default('student'),
    )
    .action(async (student: string, flags: DistillFlags) => {
      const { distillModel } = await import('../../distill/distill.js');
      const { distillText } = await import('../../report/distill-text.js');
      const { init, time, memory, ...rest } = flags;
      const result = await distillModel({
        ...rest,
        student,
        timeMs: time,
        memoryBytes: memory,
        initialize: init === 'random',
        dataset: { seed: flags.seed, samples: flags.samples, split: flags.split },
        progress: terminal.progress,
        signal: terminal.signal,
      });
      for (const warning of result.warnings) terminal.warn(warning);
      await terminal.result(result, () => distillText(result, terminal.out));
    });
  command
    .addHelpText('after', () => summariesOf('Losses', losses))
    .addHelpText('after', () => summariesOf('Optimizers', optimizers))
    .addHelpText('after', () => summariesOf('Augmentations', augmentations))
    .addHelpText('after', () => summariesOf('Roundings', fakeQuantizations));
  withCommonOptions(withDataOptions(command), [
    'infer-opt distill model.pruned.onnx -o model.small.onnx --teacher model.onnx --data dataset.yaml --time 10m',
    'infer-opt distill small.onnx -o trained.onnx --teacher model.onnx --data dataset.yaml --epochs 50 --init random',
  ]);
}

const byteUnits: Readonly<Record<string, number>> = { KB: 1e3, MB: 1e6, GB: 1e9 };

function bytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(KB|MB|GB)$/i.exec(text.trim());
  if (match === null)
    throw new InvalidArgumentError('It must be a size with its unit, such as 500MB or 2GB.');
  return Number(match[1]) * byteUnits[match[2]!.toUpperCase()]!;
}

function positive(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!(value > 0 && value < Infinity)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

function notNegative(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!(value >= 0 && value < Infinity)) throw new InvalidArgumentError('It must be a number from 0 on.');
  return value;
}

function share(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!(value >= 0 && value < 1)) throw new InvalidArgumentError('It must be a number from 0 to below 1.');
  return value;
}
