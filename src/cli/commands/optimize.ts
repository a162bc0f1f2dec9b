import { InvalidArgumentError, Option, type Command } from 'commander';
import { gateMetrics } from '../../gates/metrics.js';
import { parseGate } from '../../gates/parse.js';
import { families } from '../../search/candidates/list.js';
import { cacheFolder } from '../../search/cache/location.js';
import { parseShard } from '../../search/shard.js';
import { summariesOf } from '../declared.js';
import {
  duration,
  repeated,
  withCommonOptions,
  withDataOptions,
  withOutputOption,
  withTargetOption,
} from '../options.js';
import type { CommonFlags, DataFlags } from '../options.js';
import type { Terminal } from '../terminal.js';

interface OptimizeFlags extends CommonFlags, DataFlags {
  readonly output: string;
  readonly gate?: readonly string[];
  readonly strict?: boolean;
  readonly time: number;
  readonly target: string;
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  readonly prune?: readonly number[];
  readonly shard?: string;
  readonly cache?: string | false;
  readonly force?: boolean;
}

/** `infer-opt optimize`: the whole job, the best artifact that meets the gates. */
export function optimize(command: Command, terminal: Terminal): void {
  withTargetOption(
    withOutputOption(
      command.argument('<model>', 'the float32 ONNX model'),
      'folder to write; it must not exist yet',
    ),
  )
    .option(
      '--gate <expression>',
      "what the winner must hold, such as 'top1.drop <= 0.005' (repeatable)",
      repeated,
    )
    .option('--strict', 'a gate that stays inconclusive is not enough')
    .addOption(
      new Option('--time <duration>', 'time for everything: 90s, 10m')
        .argParser(duration)
        .default(600_000, '10m'),
    )
    .option('--only <kind>', 'only candidates of this kind (repeatable)', repeated)
    .option('--skip <kind>', 'no candidates of this kind (repeatable)', repeated)
    .option('--prune <ratios>', 'also try to cut these shares of MACs: 0.3,0.5', ratios)
    .option(
      '--shard <part>',
      'only a part of the candidates: 1/4; the count alone in a Kubernetes Indexed Job',
    )
    .option('--cache <folder>', 'where work is kept for the next time; $XDG_CACHE_HOME/infer-opt without')
    .option('--no-cache', 'neither use nor keep what was made and measured')
    .option('--force', 'replace the folder of an earlier search')
    .action(async (model: string, flags: OptimizeFlags) => {
      const { optimize: optimizeModel } = await import('../../search/optimize.js');
      const { optimizeText } = await import('../../report/optimize-text.js');
      const result = await optimizeModel({
        model,
        output: flags.output,
        data: flags.data,
        dataset: { seed: flags.seed, samples: flags.samples, split: flags.split },
        gates: (flags.gate ?? []).map(parseGate),
        strict: flags.strict,
        timeMs: flags.time,
        target: flags.target,
        only: flags.only,
        skip: flags.skip,
        pruneRatios: flags.prune,
        shard: flags.shard === undefined ? undefined : parseShard(flags.shard, terminal.env),
        threads: flags.threads,
        force: flags.force,
        cache: flags.cache === false ? null : cacheFolder(flags.cache, terminal.env),
        progress: terminal.progress,
        signal: terminal.signal,
      });
      for (const warning of result.warnings) terminal.warn(warning);
      if (result.verdict === 'fail') terminal.status = 1;
      await terminal.result(result, () => optimizeText(result, terminal.out));
    });
  command
    .addHelpText('after', () => summariesOf('Kinds of candidates', families))
    .addHelpText('after', () => summariesOf('Metrics of gates', gateMetrics));
  withCommonOptions(withDataOptions(command), [
    "infer-opt optimize model.onnx -o optimized --data dataset.yaml --gate 'top1.drop <= 0.005'",
    'infer-opt optimize model.onnx -o part-1 --data dataset.yaml --shard 1/4 --json > part-1.json',
  ]);
}

function ratios(text: string): readonly number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (!values.every((value) => value > 0 && value < 1)) {
    throw new InvalidArgumentError('Each must be a number between 0 and 1, such as 0.3,0.5.');
  }
  return [...new Set(values)];
}
