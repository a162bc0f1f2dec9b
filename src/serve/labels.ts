import { readFile } from 'node:fs/promises';
import { InferOptError, messageOf } from '../errors.js';
import type { ModelInterface, ServedTensor } from './interface.js';

/** The output that classes are read from, and the file with their names. */
export interface Labels {
  readonly output: string;
  readonly path: string;
}

/**
 * Reads `FILE` or `OUTPUT=FILE` and checks that there is a line for each class.
 *
 * @throws InferOptError `usage` where the output is not clear, the file cannot be read or has another number of lines
 */
export async function findLabels(text: string, { outputs }: ModelInterface): Promise<Labels> {
  const named = outputs.find(({ name }) => text.startsWith(`${name}=`));
  const output = named ?? (outputs.length === 1 ? outputs[0] : undefined);
  if (output === undefined) {
    throw new InferOptError('usage', `labels ${text}: the model has ${outputs.length} outputs`, {
      hint: `say which one: --labels ${outputs[0]?.name ?? 'OUTPUT'}=FILE`,
    });
  }
  const path = named === undefined ? text : text.slice(named.name.length + 1);
  let lines: string[];
  try {
    lines = (await readFile(path, 'utf8')).replace(/\n$/, '').split('\n');
  } catch (thrown) {
    throw new InferOptError('usage', `cannot read the labels ${path}: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
  const classes = classesOf(output);
  if (classes !== undefined && classes !== lines.length)
    throw new InferOptError(
      'usage',
      `${path} has ${lines.length} labels, output ${output.name} ${classes} classes`,
    );
  return { output: output.name, path };
}

/** The product of the lengths after the batch; undefined where one is open. */
function classesOf({ dims }: ServedTensor): number | undefined {
  const lengths = dims?.slice(1);
  if (lengths?.every((dim) => typeof dim === 'number') !== true) return undefined;
  return lengths.reduce((product, dim) => product * dim, 1);
}
