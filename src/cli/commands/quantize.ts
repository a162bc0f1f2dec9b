import { InvalidArgumentError, Option, type Command } from 'commander';
import { rangeMethods } from '../../calibrate/methods/list.js';
import { modes } from '../../quantize/modes/list.js';
import { targets } from '../../quantize/targets/list.js';
import { namesOf, summariesOf } from '../declared.js';
import {
  repeated,
  wholeNumber,
  withCommonOptions,
  withDataOptions,
  withOutputOption,
  withTargetOption,
} from '../options.js';
import type { CommonFlags, DataFlags } from '../options.js';
import type { Terminal } from '../terminal.js';

interface QuantizeFlags extends CommonFlags, DataFlags {
  readonly output: string;
  readonly mode: string;
  readonly target: string;
  readonly calibration: string;
  readonly exclude?: readonly string[];
  readonly include?: readonly string[];
  readonly override?: readonly string[];
  readonly opset?: number;
  readonly keepIo?: boolean;
  readonly rounding: 'output' | 'nearest';
  readonly equalize: boolean;
  readonly ranges?: string;
  readonly saveRanges?: string;
  readonly weightScales?: 'max' | 'mse';
  readonly biasCorrection: boolean;
  readonly measure: boolean;
  readonly gate?: string;
  readonly by: 'sqnr' | 'metric';
  readonly format?: 'qdq' | 'qoperator';
  readonly bits: 4 | 8;
  readonly block: number;
  readonly symmetric: boolean;
}

function oneOf(text: string, allowed: readonly number[]): number {
  const value = Number(text);
  if (allowed.includes(value)) return value;
  throw new InvalidArgumentError(`It must be one of ${allowed.join(', ')}.`);
}

/** `infer-opt quantize`: smaller numbers, and the proof that they are faster. */
export function quantize(command: Command, terminal: Terminal): void {
  withTargetOption(withOutputOption(command.argument('<model>', 'the float32 ONNX model')))
    .addOption(
      new Option('--mode <mode>', 'what to do; auto tries what suggests itself and keeps what pays')
        .choices(['auto', ...namesOf(modes)])
        .default('auto'),
    )
    .addOption(
      new Option('--calibration <method>', 'how ranges are chosen from samples')
        .choices(namesOf(rangeMethods))
        .default('auto'),
    )
    .option(
      '--ranges <file>',
      'static: ranges to use as they are, for the values that the file names (channels are not equalized then)',
    )
    .option(
      '--save-ranges <file>',
      'static: write the ranges of all values there (channels are not equalized then)',
    )
    .option('--exclude <pattern>', 'nodes to leave as they are: /head/*, op:Gemm (repeatable)', repeated)
    .option('--include <pattern>', 'nothing but these nodes (repeatable)', repeated)
    .option(
      '--override <setting>',
      "static: for some nodes or values, '/head/* bits=8,rounding=nearest', 'value:logits calibration=minmax' (repeatable)",
      repeated,
    )
    .option(
      '--gate <expression>',
      "static: leave the groups that cost most accuracy in float until it is met: 'sqnr_db >= 30', 'cosine >= 0.999', 'top1.drop <= 0.005'",
    )
    .addOption(
      new Option('--by <measure>', 'with --gate: what puts the groups in order')
        .choices(['sqnr', 'metric'])
        .default('sqnr'),
    )
    .option('--opset <n>', 'operator set of the artifact; the lowest that fits without', wholeNumber(1, 99))
    .addOption(
      new Option('--rounding <how>', 'static: weights so that outputs change least, or each to the nearest')
        .choices(['output', 'nearest'])
        .default('output'),
    )
    .addOption(
      new Option(
        '--weight-scales <how>',
        'static: by the largest weight of a channel (default of 8 bits) or the least squared error (of 4)',
      ).choices(['max', 'mse']),
    )
    .option('--no-bias-correction', 'static: leave biases as they are')
    .option('--no-equalize', 'static: do not scale channels so that they use the integers alike')
    .addOption(
      new Option(
        '--format <form>',
        "qdq: the standard's pairs (default of static); qoperator: operators on integers (of weights)",
      ).choices(['qdq', 'qoperator']),
    )
    .addOption(
      new Option('--bits <n>', 'static, weights: bits of a weight, 4 or 8')
        .argParser((text) => oneOf(text, [4, 8]))
        .default(8),
    )
    .addOption(
      new Option('--block <n>', 'weights: how many share a scale, a power of two from 16 to 256')
        .argParser((text) => oneOf(text, [16, 32, 64, 128, 256]))
        .default(32),
    )
    .option('--no-symmetric', 'weights: with zero points, which skewed weights use better')
    .option('--keep-io', 'fp16, bf16: inputs and outputs of the model stay float32')
    .option('--no-measure', 'do not time the artifact against the original')
    .action(async (model: string, flags: QuantizeFlags) => {
      const { parseOverride } = await import('../../quantize/overrides/override.js');
      const { quantizeModel } = await import('../../quantize/quantize.js');
      const goal =
        flags.gate === undefined
          ? undefined
          : (await import('../../search/transforms/quantization-goal.js')).quantizationGoal(
              flags.gate,
              flags.by,
            );
      const { quantizeText } = await import('../../report/quantize-text.js');
      const result = await quantizeModel({
        ...flags,
        model,
        goal,
        overrides: flags.override?.map(parseOverride),
        correctBias: flags.biasCorrection,
        measure: flags.measure ? undefined : false,
        dataset: { seed: flags.seed, samples: flags.samples, split: flags.split },
        progress: terminal.progress,
        signal: terminal.signal,
      });
      for (const warning of result.warnings) terminal.warn(warning);
      if (goal !== undefined && result.mixed?.met !== true) terminal.status = 1;
      await terminal.result(result, () => quantizeText(result, terminal.out));
    });
  command
    .addHelpText('after', () => summariesOf('Modes', modes))
    .addHelpText('after', () => summariesOf('Targets', targets))
    .addHelpText('after', () => summariesOf('Calibration', rangeMethods));
  withCommonOptions(withDataOptions(command), [
    'infer-opt quantize model.onnx -o model.int8.onnx --data dataset.yaml',
    "infer-opt quantize model.onnx -o model.int8.onnx --data dataset.yaml \\\n    --gate 'sqnr_db >= 30'",
    'infer-opt quantize encoder.onnx -o encoder.int8.onnx --mode dynamic',
  ]);
}
