import { InvalidArgumentError, Option, type Command } from 'commander';
import { devices } from '../../serve/hardware/list.js';
import { summariesOf } from '../declared.js';
import { duration, repeated, wholeNumber, wholeNumbers, withCommonOptions } from '../options.js';
import type { CommonFlags } from '../options.js';
import { planDefaults, type PlanFlagsOfModel } from '../../jobs/plan/wishes.js';
import type { Terminal } from '../terminal.js';

/** `infer-opt plan`: which batching settings an artifact should be served with. */
export function planCommand(command: Command, terminal: Terminal): void {
  command
    .argument('<artifact>', 'the model that is to be served')
    .option('--rate <rate>', 'requests to serve: 300/s, 20/m; without, the highest that keeps the promise')
    .option('--slo <promise>', "latency not to be exceeded: 'p99 <= 20ms'")
    .option('--data <dataset>', 'samples to measure with; made-up inputs without')
    .option('--batch <sizes>', 'batch sizes to measure', wholeNumbers(1, 4096), planDefaults.batch)
    .option('--instances <n>', 'up to how many copies to try', wholeNumber(1, 64), planDefaults.instances)
    .option(
      '--window <times>',
      'windows to try: 0ms,1ms,5ms; multiples of the time of one request without',
      windows,
    )
    .option(
      '--queue-limit <n>',
      'requests that may wait; 0 for any number',
      wholeNumber(0, 1_000_000),
      planDefaults.queueLimit,
    )
    .option('--trace <file>', 'arrivals to simulate with: one time in milliseconds a line')
    .option(
      '--requests <n>',
      'how many requests to simulate',
      wholeNumber(100, 10_000_000),
      planDefaults.requests,
    )
    .addOption(
      new Option('--time <duration>', 'time to measure batches')
        .argParser(duration)
        .default(planDefaults.time, '20s'),
    )
    .option('--curve <file>', 'times of batches from the JSON of infer-opt bench, instead of measuring')
    .option('--times <batch=file>', 'times of a batch from trtexec --exportTimes (repeatable)', repeated)
    .option(
      '--static-batch <n>',
      'size of the static batch to compare with',
      wholeNumber(2, 4096),
      planDefaults.staticBatch,
    )
    .option('--verify <duration>', 'also run the settings for real, each for so long', duration)
    .option('--hardware <names>', 'estimates for other devices: t4,a100 or all', names)
    .option('--hardware-file <file>', 'devices of your own, YAML or JSON')
    .action(async (artifact: string, flags: PlanFlagsOfModel & CommonFlags) => {
      const { planServing } = await import('../../jobs/plan/plan.js');
      const { planText } = await import('../../report/plan-text.js');
      const plan = await planServing(artifact, flags, {
        progress: terminal.progress,
        signal: terminal.signal,
      });
      for (const warning of plan.warnings) terminal.warn(warning);
      await terminal.result(plan, () => planText(plan, terminal.out));
    });
  command.addHelpText('after', () => summariesOf('Devices', devices));
  withCommonOptions(command, [
    "infer-opt plan model.int8.onnx --rate 300/s --slo 'p99 <= 20ms'",
    "infer-opt plan model.int8.onnx --slo 'p99 <= 20ms' --instances 2 --verify 60s --json > plan.json",
  ]);
}

function names(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

/** A list of durations, 0 among them. */
function windows(text: string): number[] {
  const list = text.split(',').map((part) => (/^0(ms|s)?$/.test(part.trim()) ? 0 : duration(part)));
  if (list.length === 0) throw new InvalidArgumentError('It must be a list of times, such as 0ms,1ms.');
  return [...new Set(list)];
}
