import { InvalidArgumentError, type Command } from 'commander';
import { withCommonOptions } from '../options.js';
import type { CommonFlags } from '../options.js';
import type { Terminal } from '../terminal.js';
import { cacheFolder } from '../../search/cache/location.js';

interface RunFlags extends CommonFlags {
  readonly var?: Readonly<Record<string, string>>;
  readonly dryRun?: boolean;
  readonly cache?: string | false;
}

/** `infer-opt run`: a job written down. */
export function run(command: Command, terminal: Terminal): void {
  command
    .argument('<recipe>', 'a recipe (YAML); its paths are from its own folder')
    .option('--var <name=value>', 'a value for ${NAME}, before that of vars: (repeatable)', variable)
    .option('--dry-run', 'print what would be done, and do nothing')
    .option('--cache <folder>', 'where work is kept for the next time; $XDG_CACHE_HOME/infer-opt without')
    .option('--no-cache', 'neither use nor keep what was made and measured')
    .action(async (recipe: string, flags: RunFlags) => {
      const { runRecipe } = await import('../../recipe/run-recipe.js');
      const { runExitStatus } = await import('../../recipe/result.js');
      const { runText } = await import('../../report/run-text.js');
      const { recipePackaging } = await import('../recipe-packaging.js');
      const { seed } = flags;
      const result = await runRecipe({
        recipe,
        vars: flags.var,
        env: terminal.env,
        dryRun: flags.dryRun,
        cache: flags.cache === false ? null : cacheFolder(flags.cache, terminal.env),
        seed: command.getOptionValueSource('seed') === 'cli' ? seed : undefined,
        threads: flags.threads,
        packaging: recipePackaging({ seed, progress: terminal.progress, signal: terminal.signal }),
        progress: terminal.progress,
        signal: terminal.signal,
      });
      for (const warning of result.warnings) terminal.warn(warning);
      terminal.status = runExitStatus(result);
      await terminal.result(result, () => runText(result, terminal.out));
    });
  withCommonOptions(command, [
    'infer-opt init model.onnx --data dataset.yaml',
    'infer-opt run recipe.yaml --dry-run',
    'infer-opt run recipe.yaml --var mode=dynamic',
  ]);
}

function variable(
  text: string,
  before: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || name === '__proto__') throw new InvalidArgumentError('It must be NAME=VALUE.');
  return { ...before, [name]: value ?? '' };
}
