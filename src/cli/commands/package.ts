import { Option, type Command } from 'commander';
import { accelerators } from '../../serve/triton/accelerators.js';
import { summariesOf } from '../declared.js';
import {
  duration,
  repeated,
  wholeNumber,
  wholeNumbers,
  withCommonOptions,
  withOutputOption,
} from '../options.js';
import type { CommonFlags } from '../options.js';
import { packageDefaults, type PackageWishes } from '../../jobs/package/wishes.js';
import type { Terminal } from '../terminal.js';

type PackageFlags = CommonFlags & Omit<PackageWishes, 'artifacts'>;

/** `infer-opt package`: artifacts into a model repository that a server can load. */
export function packageCommand(command: Command, terminal: Terminal): void {
  withOutputOption(
    command.argument('<artifacts...>', '.onnx models and TensorRT .plan engines'),
    'the repository; models that are there get a next version, nothing is overwritten',
  )
    .addOption(new Option('--target <target>', 'the server').choices(['triton']).default('triton'))
    .option('--name <name>', "the model's name; the stem of its file without")
    .option('--plan <file>', 'settings from the JSON of infer-opt plan')
    .option('--data <dataset>', 'samples to check batches with, and the state map of a model with state')
    .option('--max-batch <n>', 'largest batch (8 without a plan)', wholeNumber(1, 65_536))
    .option('--window <time>', 'how long a request may wait for others: 2ms', windowOf)
    .option('--preferred <sizes>', 'preferred batch sizes; best left out', wholeNumbers(1, 65_536))
    .option('--instances <n>', 'copies that run at the same time', wholeNumber(1, 1024))
    .addOption(new Option('--kind <kind>', 'where instances run').choices(['cpu', 'gpu']))
    .option('--gpus <numbers>', 'GPUs to run on: 0,1', wholeNumbers(0, 1023))
    .option('--rate-limit <resource>', 'NAME=COUNT that an instance needs to run (repeatable)', repeated)
    .option('--queue-limit <n>', 'requests that may wait', wholeNumber(1, 1_000_000_000))
    .option('--queue-timeout <time>', 'requests that waited longer are refused: 100ms', duration)
    .option('--dynamic-batch', 'make a model with batch 1 take any batch, checked against single requests')
    .option('--no-check', 'do not run the model')
    .option(
      '--warm-up <n>',
      'runs of each warm-up request; 0 for none',
      wholeNumber(0, 1000),
      packageDefaults.warmUp,
    )
    .option('--labels <file>', 'names of the classes, one a line; OUTPUT=FILE with several outputs')
    .option('--versions <policy>', 'which versions are served: latest:N, all, or 1,3')
    .option('--response-cache', 'equal requests are answered from a cache')
    .option('--accelerator <name>', 'execution provider, NAME[:KEY=VALUE,...] (repeatable)', repeated)
    .option('--state <pair>', 'OUTPUT=INPUT of the next step of a sequence (repeatable)', repeated)
    .addOption(
      new Option('--idle <time>', 'a sequence ends when nothing comes for so long')
        .argParser(duration)
        .default(packageDefaults.idle, '5s'),
    )
    .option('--ensemble <name>', 'also write a pipeline of the models, in their order')
    .option('--replace-config', 'write a new configuration where a model is there already')
    .option('--manifests <folder>', 'also write files for Kubernetes: KServe InferenceService, Deployment')
    .option('--storage <uri>', 'where the cluster finds the repository', packageDefaults.storage)
    .option('--image <image>', 'container image of the server', packageDefaults.image)
    .option('--force', 'replace files of --manifests')
    .action(async (artifacts: readonly string[], flags: PackageFlags) => {
      const { packageArtifacts } = await import('../../jobs/package/package.js');
      const { packageText } = await import('../../report/package-text.js');
      const result = await packageArtifacts(
        { ...flags, artifacts },
        { progress: terminal.progress, signal: terminal.signal },
      );
      for (const warning of result.warnings) terminal.warn(warning);
      await terminal.result(result, () => packageText(result, terminal.out));
    });
  command.addHelpText('after', () => summariesOf('Accelerators', accelerators));
  withCommonOptions(command, [
    'infer-opt package model.int8.onnx -o repository --name classifier --plan plan.json',
    'infer-opt package prepare.onnx model.onnx -o repository --ensemble pipeline',
  ]);
}

/** A duration, or 0. */
function windowOf(text: string): number {
  return /^0(ms|s)?$/.test(text.trim()) ? 0 : duration(text);
}
