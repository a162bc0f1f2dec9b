import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * A Python environment with `packages` from PyPI, made at the first call and then reused.
 * @param {string} folder
 * @param {readonly string[]} packages
 * @param {string} proof an import that works when they are there
 */
export function pythonWith(folder, packages, proof) {
  const python = join(folder, 'bin/python');
  if (!existsSync(python)) {
    mkdirSync(dirname(folder), { recursive: true });
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
  }
  try {
    execFileSync(python, ['-c', proof], { stdio: 'ignore' });
  } catch {
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...packages], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return python;
}
