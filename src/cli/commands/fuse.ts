import { setFlagsFromString } from 'node:v8';
import { Option, type Command } from 'commander';
import { InferOptError } from '../../errors.js';
import { levels, onRequest } from '../../fuse/levels.js';
import { namesOf, summariesOf } from '../declared.js';
import { repeated, wholeNumber, withCommonOptions, withDataOptions } from '../options.js';
import type { CommonFlags, DataFlags } from '../options.js';
import type { Terminal } from '../terminal.js';

interface FuseFlags extends CommonFlags, DataFlags {
  readonly output?: string;
  readonly level: string;
  readonly pass?: readonly string[];
  readonly skip?: readonly string[];
  readonly opset: number | 'keep';
  readonly stopAfter?: number;
  readonly why?: string;
  readonly list?: boolean;
  readonly verify: boolean;
  readonly bench?: boolean;
}

/**
 * How much a function has to run before V8 optimizes it, about fifteen times its usual measure: a job that takes a part
 * of a second is over before the optimizer, which works beside it, has paid for itself.
 */
const patientOptimizer = '--interrupt-budget=1000000';

/** `infer-opt fuse`: a simpler graph that computes the same. */
export function fuse(command: Command, terminal: Terminal): void {
  command
    .argument('[model]', 'the ONNX model')
    .option('-o, --output <path>', 'file to write; an existing one is replaced')
    .addOption(new Option('--level <level>', 'how far to go').choices(namesOf(levels)).default('basic'))
    .option('--pass <name>', 'only this pass (repeatable); see --list', repeated)
    .option('--skip <name>', 'not this pass (repeatable)', repeated)
    .addOption(
      new Option('--opset <n>', 'carry the model to this operator set first, which opens further fusions')
        .argParser((text) => (text === 'keep' ? 'keep' : wholeNumber(1, 99)(text)))
        .default('keep'),
    )
    .option('--list', 'print the levels and their passes, and end')
    .option('--why <node>', 'tell what nearly matched at this node, and what was missing')
    .option(
      '--stop-after <n>',
      'end after so many runs of a pass that changed something',
      wholeNumber(0, 1_000_000),
    )
    .option('--no-verify', 'do not compare outputs before and after')
    .option('--bench', 'time the result against the original, in short')
    .action(async (model: string | undefined, flags: FuseFlags) => {
      // Newer engines do not know the flag, and say so on stderr.
      if (process.versions.v8.startsWith('11.')) setFlagsFromString(patientOptimizer);
      const text = await import('../../report/fuse-text.js');
      if (flags.list === true) {
        const list = [...levels, onRequest].map(({ name, summary, passes }) => ({
          name,
          summary,
          passes: passes.map((pass) => ({ name: pass.name, summary: pass.summary, effect: pass.effect })),
        }));
        await terminal.result({ schema: 'infer-opt/fuse-list@1', levels: list }, () =>
          text.passListText(list, terminal.out),
        );
        return;
      }
      const { fuseModel } = await import('../../fuse/fuse.js');
      const result = await fuseModel({
        model: required(model, 'a model'),
        output: required(flags.output, '-o, --output'),
        level: flags.level,
        only: flags.pass,
        skip: flags.skip,
        opset: flags.opset === 'keep' ? undefined : flags.opset,
        stopAfter: flags.stopAfter,
        verify: flags.verify,
        bench: flags.bench,
        data: flags.data,
        dataset: { seed: flags.seed, samples: flags.samples, split: flags.split },
        threads: flags.threads,
        progress: terminal.progress,
        signal: terminal.signal,
      });
      for (const warning of result.warnings) terminal.warn(warning);
      await terminal.result(result, () => text.fuseText(result, terminal.out, flags.why));
    });
  command.addHelpText('after', () => summariesOf('Levels', levels));
  withCommonOptions(withDataOptions(command), [
    'infer-opt fuse model.onnx -o model.fused.onnx',
    'infer-opt fuse model.onnx -o model.fused.onnx --level full --opset 17 --bench',
    'infer-opt fuse --list',
  ]);
}

function required(given: string | undefined, what: string): string {
  if (given !== undefined) return given;
  throw new InferOptError('usage', `${what} is needed`, {
    hint: 'infer-opt fuse model.onnx -o model.fused.onnx',
  });
}
