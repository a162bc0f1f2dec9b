import { Option, type Command } from 'commander';
import { compilers } from '../../compile/list.js';
import { namesOf, summariesOf } from '../declared.js';
import { withCommonOptions, withDataOptions, withOutputOption } from '../options.js';
import type { CommonFlags, DataFlags } from '../options.js';
import type { Terminal } from '../terminal.js';

interface CompileFlags extends CommonFlags, DataFlags {
  readonly output: string;
  readonly target: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly measure: boolean;
}

/** `infer-opt compile`: an artifact for one runtime on one kind of machine. */
export function compile(command: Command, terminal: Terminal): void {
  withOutputOption(
    command.argument('<model>', 'the ONNX model'),
    'artifact to write; its manifest is PATH.json',
  )
    .addOption(
      new Option('--target <target>', 'the runtime that the artifact is for')
        .choices(namesOf(compilers))
        .makeOptionMandatory(),
    )
    .option('--dry-run', 'say what would be done, and write nothing')
    .option('--force', 'build even where the manifest says that the artifact is there')
    .option('--no-measure', 'do not time how fast the artifact opens or runs; it is checked all the same')
    .action(async (model: string, flags: CompileFlags) => {
      const { compileModel } = await import('../../compile/compile.js');
      const { compileText } = await import('../../report/compile-text.js');
      const result = await compileModel({
        ...flags,
        model,
        dataset: { seed: flags.seed, samples: flags.samples, split: flags.split },
        progress: terminal.progress,
        signal: terminal.signal,
      });
      for (const warning of result.warnings) terminal.warn(warning);
      await terminal.result(result, () => compileText(result, terminal.out));
    });
  command.addHelpText('after', () => summariesOf('Targets', compilers));
  withCommonOptions(withDataOptions(command), [
    'infer-opt compile model.onnx -o model.cpu.onnx --target onnxruntime',
  ]);
}
