import { InvalidArgumentError, Option, type Command } from 'commander';
import { channelScores } from '../../prune/channels/scores/list.js';
import { allocations, byError } from '../../prune/magnitude/allocations/list.js';
import { schemes } from '../../prune/schemes/list.js';
import { namesOf, summariesOf } from '../declared.js';
import { withCommonOptions, withDataOptions, withOutputOption } from '../options.js';
import type { CommonFlags, DataFlags } from '../options.js';
import type { Terminal } from '../terminal.js';

interface PruneFlags extends CommonFlags, DataFlags {
  readonly output: string;
  readonly scheme: string;
  readonly ratio?: number;
  readonly macs?: number;
  readonly parameters?: number;
  readonly latency?: number;
  readonly score?: string;
  readonly allocation?: string;
  readonly repair: boolean;
  readonly measure: boolean;
}

/** `infer-opt prune`: fewer weights or channels, repaired from samples, and what that buys. */
export function prune(command: Command, terminal: Terminal): void {
  withOutputOption(command.argument('<model>', 'the float ONNX model'))
    .addOption(
      new Option('--scheme <scheme>', `what goes: ${namesOf(schemes).join(', ')}, or another N:M`).default(
        'magnitude',
      ),
    )
    .option('--ratio <r>', 'how much goes, from 0 to below 1; what it counts is said below', share)
    .option(
      '--macs <share>',
      'channel: instead of a ratio, what may be left of the multiply-accumulates: 0.7x',
      left,
    )
    .option('--parameters <share>', 'channel: the same of the parameters', left)
    .option('--latency <share>', 'channel: the same of the latency, measured here', left)
    .addOption(
      new Option('--score <name>', 'channel: how channels are judged').choices(namesOf(channelScores)),
    )
    .addOption(
      new Option('--allocation <name>', 'magnitude: how zeros are shared out among layers').choices([
        byError.name,
        ...namesOf(allocations),
      ]),
    )
    .option('--no-repair', 'only cut: the weights that stay are left as they are')
    .option('--no-measure', 'do not time the artifact against the original')
    .action(async (model: string, flags: PruneFlags) => {
      const { pruneModel } = await import('../../prune/prune.js');
      const { pruneText } = await import('../../report/prune-text.js');
      const result = await pruneModel({
        ...flags,
        model,
        dataset: { seed: flags.seed, samples: flags.samples, split: flags.split },
        progress: terminal.progress,
        signal: terminal.signal,
      });
      for (const warning of result.warnings) terminal.warn(warning);
      await terminal.result(result, () => pruneText(result, terminal.out));
    });
  command
    .addHelpText('after', () => summariesOf('Schemes', schemes))
    .addHelpText('after', () => summariesOf('Scores of channels', channelScores))
    .addHelpText('after', () => summariesOf('Allocations', [byError, ...allocations]));
  withCommonOptions(withDataOptions(command), [
    'infer-opt prune model.onnx -o model.sparse.onnx --scheme magnitude --ratio 0.5 --data dataset.yaml',
    'infer-opt prune model.onnx -o model.2to4.onnx --scheme 2:4 --data dataset.yaml',
    'infer-opt prune model.onnx -o model.narrow.onnx --scheme channel --latency 0.7x --data dataset.yaml',
  ]);
}

/** What is to be left, with or without its x: 0.7x. */
function left(text: string): number {
  const match = /^(\d*\.?\d+)x?$/.exec(text.trim());
  const value = Number(match?.[1]);
  if (!(value > 0 && value <= 1))
    throw new InvalidArgumentError('It must be a share above 0 and at most 1, such as 0.7x.');
  return value;
}

function share(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!(value >= 0 && value < 1)) throw new InvalidArgumentError('It must be a number from 0 to below 1.');
  return value;
}
