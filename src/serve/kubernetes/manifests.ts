import { mkdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InferOptError } from '../../errors.js';
import { asOutputError, writeWhole } from '../../output-file.js';
import { deployment } from './deployment.js';
import { inferenceService } from './inference-service.js';
import type { ServerNeeds } from './needs.js';

const files: readonly { readonly name: string; readonly make: (needs: ServerNeeds) => object[] }[] = [
  { name: 'inference-service.yaml', make: inferenceService },
  { name: 'deployment.yaml', make: deployment },
];

/** Throws `output` when one of the files is there already, unless it may be replaced. */
export function checkManifests(folder: string, force: boolean): void {
  const taken = files.map(({ name }) => join(folder, name)).find((path) => existsSync(path));
  if (taken !== undefined && !force)
    throw new InferOptError('output', `${taken} is there already`, { hint: 'give --force to replace it' });
}

/** Writes the files for a cluster into a folder and gives their paths. */
export async function writeManifests(folder: string, needs: ServerNeeds): Promise<string[]> {
  const { stringify } = await import('yaml');
  try {
    await mkdir(folder, { recursive: true });
  } catch (thrown) {
    throw asOutputError(thrown, folder);
  }
  const paths: string[] = [];
  for (const { name, make } of files) {
    const path = join(folder, name);
    const text = make(needs)
      .map((object) => stringify(object, { aliasDuplicateObjects: false }))
      .join('---\n');
    await writeWhole(path, (temporary) => writeFile(temporary, text));
    paths.push(path);
  }
  return paths;
}
