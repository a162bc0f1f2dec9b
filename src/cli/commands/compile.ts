import { InvalidArgumentError, Option, type Command } from 'commander';
import { compilers } from '../../compile/list.js';
import { hardwareCompatibilities, precisions, sparsities } from '../../compile/tensorrt/intent.js';
import type { HardwareCompatibility, Precision, Sparsity } from '../../compile/tensorrt/intent.js';
import { preflightRules } from '../../compile/tensorrt/preflight/list.js';
import { InferOptError } from '../../errors.js';
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

interface CompileFlags extends CommonFlags, DataFlags {
  readonly output: string;
  readonly target: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly measure: boolean;
  readonly precision?: Precision;
  readonly profile?: readonly string[];
  readonly workspace?: number;
  readonly builderLevel?: number;
  readonly timingCache?: string;
  readonly lockedTimingCache?: boolean;
  readonly sparsity?: Sparsity;
  readonly versionCompatible?: boolean;
  readonly hardwareCompatibility?: HardwareCompatibility;
  readonly stripWeights?: boolean;
  readonly device?: number;
  readonly fix?: boolean;
  readonly saveFixed?: string;
  readonly timeLimit?: number;
  readonly trtexec?: string;
  readonly trtexecVersion?: string;
}

/** `infer-opt compile`: an artifact for one runtime on one kind of machine. */
export function compile(command: Command, terminal: Terminal): void {
  withOutputOption(
    command
      .argument('<model>', 'the ONNX model')
      .argument('[words...]', 'behind "--": words that go to trtexec as they are'),
    'artifact to write; its manifest is PATH.json',
  )
    .addOption(
      new Option('--target <target>', 'the runtime that the artifact is for')
        .choices(namesOf(compilers))
        .makeOptionMandatory(),
    )
    .option('--dry-run', 'say what would be done, and write nothing')
    .option('--force', 'build even where the manifest says that the artifact is there')
    .option('--no-measure', 'do not time how fast the artifact opens or runs; it is checked all the same');
  withTensorRtOptions(command).action(
    async (model: string, extra: readonly string[], flags: CompileFlags) => {
      const odd = extra.find((word) => !word.startsWith('-'));
      if (odd !== undefined) {
        throw new InferOptError('usage', `${odd} is neither a flag nor a word for trtexec`, {
          hint: 'one model is compiled at a time; words for trtexec begin with -- and stand behind "--"',
        });
      }
      refuseForeignFlags(command, flags.target, extra);
      const { compileModel } = await import('../../compile/compile.js');
      const { compileText } = await import('../../report/compile-text.js');
      const {
        profile: profiles,
        workspace: workspaceMiB,
        timeLimit: timeLimitMs,
        timingCache,
        ...rest
      } = flags;
      const result = await compileModel({
        ...flags,
        model,
        dataset: { seed: flags.seed, samples: flags.samples, split: flags.split },
        tensorrt: {
          ...rest,
          profiles,
          workspaceMiB,
          timeLimitMs,
          timingCache: timingCache === 'none' ? false : timingCache,
          extra,
        },
        progress: terminal.progress,
        signal: terminal.signal,
      });
      for (const warning of result.warnings) terminal.warn(warning);
      await terminal.result(result, () => compileText(result, terminal.out));
    },
  );
  command
    .addHelpText('after', () => summariesOf('Targets', compilers))
    .addHelpText('after', () => summariesOf('Looked at before an engine is built', preflightRules));
  withCommonOptions(withDataOptions(command), [
    'infer-opt compile model.onnx -o model.cpu.onnx --target onnxruntime',
    'infer-opt compile model.onnx -o model.engine --target tensorrt --precision fp16 \\\n    --profile x=1x3x224x224:8x3x224x224:32x3x224x224',
    'infer-opt compile model.onnx -o model.engine --target tensorrt --dry-run --trtexec-version 11.1',
  ]);
}

/** A flag that would have no effect is a mistake that nobody would notice. */
function refuseForeignFlags(command: Command, target: string, extra: readonly string[]): void {
  if (target === 'tensorrt') return;
  const given = command.options.find(
    (option) =>
      option.description.startsWith('tensorrt:') &&
      command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  const word = given?.long ?? extra[0];
  if (word === undefined) return;
  throw new InferOptError('usage', `${word} is for --target tensorrt, and the target is ${target}`, {
    hint: 'leave it out',
  });
}

function withTensorRtOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--precision <type>',
        'tensorrt: what layers compute in; what the graph carries without',
      ).choices(precisions),
    )
    .option('--profile <shapes>', 'tensorrt: INPUT=MIN:OPT:MAX,...; one a profile (repeatable)', repeated)
    .option('--workspace <size>', 'tensorrt: scratch memory, such as 512M or 4G', mebibytes)
    .option('--builder-level <n>', 'tensorrt: 0 builds fast, 5 tries most', wholeNumber(0, 5))
    .option('--timing-cache <file>', 'tensorrt: keeps kernel times between builds; none for none')
    .option('--locked-timing-cache', 'tensorrt: fail where the timing cache does not know a kernel')
    .addOption(
      new Option('--sparsity <mode>', 'tensorrt: kernels for 2:4 sparse weights').choices(sparsities),
    )
    .option('--version-compatible', 'tensorrt: the engine also runs under later versions')
    .addOption(
      new Option('--hardware-compatibility <level>', 'tensorrt: the engine also runs on other GPUs').choices(
        hardwareCompatibilities,
      ),
    )
    .option('--strip-weights', 'tensorrt: leave the weights out of the engine')
    .option('--device <n>', 'tensorrt: number of the GPU', wholeNumber(0, 1023))
    .option('--fix', 'tensorrt: mend what can be mended in the model')
    .option('--save-fixed <path>', 'tensorrt: where to keep the mended model, in a dry run too')
    .option('--time-limit <duration>', 'tensorrt: how long one run of trtexec may take: 30m', duration)
    .option('--trtexec <path>', 'tensorrt: the trtexec to use; TRTEXEC, the PATH and usual folders without')
    .option('--trtexec-version <version>', 'tensorrt: in a dry run, the version to plan for');
}

const mebibyteUnits: Readonly<Record<string, number>> = { M: 1, MiB: 1, G: 1024, GiB: 1024 };

/** A size with its unit, in MiB. */
function mebibytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(M|MiB|G|GiB)$/.exec(text.trim());
  const size = match === null ? NaN : Math.round(Number(match[1]) * mebibyteUnits[match[2]!]!);
  if (!(size > 0)) throw new InvalidArgumentError('It must be a size with its unit, such as 512M or 4G.');
  return size;
}
