import { Option, type Command } from 'commander';
import { gateMetrics, type GateMetric } from '../../gates/metrics.js';
import { summariesOf, type Declared } from '../declared.js';
import {
  duration,
  repeated,
  wholeNumber,
  wholeNumbers,
  withCommonOptions,
  withDataOptions,
} from '../options.js';
import type { CommonFlags, DataFlags } from '../options.js';
import type { Terminal } from '../terminal.js';

interface BenchFlags extends CommonFlags, DataFlags {
  readonly gate?: readonly string[];
  readonly strict?: boolean;
  readonly gatesFile?: string;
  readonly scenario: 'single' | 'offline' | 'server';
  readonly slo?: string;
  readonly concurrency?: number;
  readonly metric?: string;
  readonly decode?: string;
  readonly batch?: readonly number[];
  readonly time?: number;
  readonly against?: string;
  readonly allowOtherMachine?: boolean;
  readonly saveBaseline?: string;
  readonly server?: string;
  readonly protocol: 'http' | 'grpc';
  readonly serverModel?: string;
}

/** `infer-opt bench`: artifacts against a baseline, in numbers with intervals, and gates over them. */
export function bench(command: Command, terminal: Terminal): void {
  command
    .argument('<baseline>', 'the model that the others are compared with')
    .argument('[candidates...]', 'artifacts to compare with it')
    .option(
      '--gate <expression>',
      "what must hold, such as 'speedup >= 2'; 'warn: ...' only warns (repeatable)",
      repeated,
    )
    .option('--gates-file <file>', 'gates in a YAML file')
    .option('--strict', 'a gate that stays inconclusive fails')
    .addOption(
      new Option(
        '--scenario <name>',
        'single: one request after the other; offline: throughput over batch sizes; server: the highest rate within --slo',
      )
        .choices(['single', 'offline', 'server'])
        .default('single'),
    )
    .option('--slo <limit>', "server: what each request is promised, such as 'p99 <= 20ms'")
    .option('--concurrency <n>', 'requests in flight at a time', wholeNumber(1, 1024))
    .option('--batch <sizes>', 'batch sizes; gates hold for the first: 1,8', wholeNumbers(1, 65_536))
    .option('--time <duration>', 'time for all latencies together: 60s, 10m', duration)
    .option('--server <url>', 'one more candidate: the model that a KServe v2 server answers with')
    .addOption(
      new Option('--protocol <name>', 'how the server is asked').choices(['http', 'grpc']).default('http'),
    )
    .option('--server-model <name>', "the model's name there; the stem of the baseline's file without")
    .option('--metric <file>', 'a module of your own that exports score(outputs, labels); it is run')
    .option('--decode <file>', 'a module of your own that exports decode(outputs), for detectors; it is run')
    .option('--save-baseline <file>', 'write what a later --against needs of the first model')
    .option('--against <file>', 'compare with a stored baseline; every model named is then a candidate')
    .option('--allow-other-machine', 'with --against: also when it was measured on another processor')
    .action(async (baseline: string, candidates: readonly string[], flags: BenchFlags) => {
      const { benchArtifacts } = await import('../bench.js');
      const { benchExitStatus } = await import('../../bench/result.js');
      const { benchText } = await import('../../report/bench-text.js');
      const { tellGithub } = await import('../github.js');
      const result = await benchArtifacts(
        { baseline, candidates, ...flags },
        { progress: terminal.progress, signal: terminal.signal },
      );
      for (const warning of result.warnings) terminal.warn(warning);
      terminal.status = benchExitStatus(result);
      await tellGithub(result, terminal);
      await terminal.result(result, () => benchText(result, terminal.out));
    });
  command.addHelpText('after', () => summariesOf('Metrics of gates', gateMetrics.map(withUnits)));
  withCommonOptions(withDataOptions(command), [
    'infer-opt bench model.onnx model.int8.onnx --data dataset.yaml',
    "infer-opt bench model.onnx --server http://localhost:8000 --gate 'cosine >= 1'",
    "infer-opt bench model.onnx model.int8.onnx --data dataset.yaml \\\n    --gate 'speedup >= 1.5' --gate 'top1.drop <= 0.01' --json > result.json",
  ]);
}

/** Two metrics may share a name and differ in unit. */
function withUnits({ name, summary, units }: GateMetric): Declared {
  const suffixes = units.map(({ suffix }) => suffix).filter((suffix) => suffix !== '');
  return { name, summary: suffixes.length === 0 ? summary : `${summary} (${suffixes.join(', ')})` };
}
