import { stat, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { InferOptError } from '../../errors.js';
import { checkOutputFile, writeWhole } from '../../output-file.js';
import type { TalkFlags, Terminal } from '../terminal.js';

interface InitFlags extends TalkFlags {
  readonly data?: string;
  readonly output: string;
  readonly force?: boolean;
}

/** `infer-opt init`: a recipe to begin with. */
export function init(command: Command, terminal: Terminal): void {
  command
    .argument('<model>', 'the float32 ONNX model')
    .option('--data <dataset>', 'dataset file (YAML), .npz, image folder or test_data_set folder')
    .option('-o, --output <path>', 'the recipe to write', 'recipe.yaml')
    .option('--force', 'replace a recipe that is there')
    .option('--json', 'print the result as one JSON object on stdout')
    .option('--quiet', 'no progress, notes or warnings on stderr')
    .option('--verbose', 'the stack of an error')
    .action(async (model: string, flags: InitFlags) => {
      const { starterRecipe } = await import('../../recipe/starter.js');
      const { data, output } = flags;
      await checkOutputFile(output, [model]);
      if (flags.force !== true && (await stat(output).catch(() => undefined)) !== undefined) {
        throw new InferOptError('output', `${output} exists`, {
          hint: 'name another file with -o, or replace it with --force',
        });
      }
      const text = await starterRecipe({ model, data, output });
      await writeWhole(output, (temporary) => writeFile(temporary, text), { signal: terminal.signal });
      await terminal.result(
        { schema: 'infer-opt/init@1', output, recipe: text },
        () => `${output} is written; look at it, then: infer-opt run ${output}`,
      );
    })
    .addHelpText('after', '\nExample:\n  infer-opt init model.onnx --data dataset.yaml');
}
