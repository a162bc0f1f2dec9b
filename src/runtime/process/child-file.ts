import { existsSync } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferOptError } from '../../errors.js';

/**
 * The compiled JavaScript file that stands for `name` (`child.js`) beside the module at `moduleUrl`. A child process is
 * plain Node and cannot load TypeScript, so a module that runs from `src` (the tests) forks its compiled twin in `dist`.
 */
export function compiledFile(name: string, moduleUrl: string): string {
  const file = fileURLToPath(new URL(name, moduleUrl));
  if (!moduleUrl.endsWith('.ts')) return file;
  const at = file.lastIndexOf(`${sep}src${sep}`);
  const compiled = `${file.slice(0, at)}${sep}dist${sep}${file.slice(at + 5)}`;
  if (at < 0 || !existsSync(compiled)) {
    throw new InferOptError('internal', `${compiled} is not there`, { hint: 'build first: npm run build' });
  }
  return compiled;
}
