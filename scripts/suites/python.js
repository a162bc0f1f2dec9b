import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./compare_files.py', import.meta.url));

/**
 * A Python environment with `onnx` from PyPI; made at the first call, then reused.
 * @param {string} folder
 * @returns {{ executable: string, version: string }}
 */
export function prepareOnnx(folder) {
  const environment = path.join(folder, 'venv');
  const executable = path.join(environment, 'bin/python');
  if (!existsSync(executable)) {
    mkdirSync(folder, { recursive: true });
    execFileSync('python3', ['-m', 'venv', environment]);
  }
  const version = () =>
    execFileSync(executable, ['-c', 'import onnx; print(onnx.__version__)'], { stdio: 'pipe' });
  let found;
  try {
    found = version();
  } catch {
    execFileSync(executable, ['-m', 'pip', 'install', '--quiet', 'onnx'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    found = version();
  }
  return { executable, version: found.toString().trim() };
}

/**
 * Whether two files say the same, by an independent reader.
 * @param {{ executable: string }} python
 * @param {(readonly [string, string])[]} pairs
 * @returns {{ same: boolean, detail: string }[]}
 */
export function compareFiles(python, pairs) {
  return ask(python, ['compare'], JSON.stringify(pairs));
}

/** @param {{ executable: string }} python @returns {Record<string, number[]>} versions by operator */
export function operatorHistory(python) {
  return ask(python, ['history'], '');
}

/** @param {{ executable: string }} python @param {string[]} parameters @param {string} input */
function ask(python, parameters, input) {
  const output = execFileSync(python.executable, [script, ...parameters], { input, maxBuffer: 2 ** 30 });
  return JSON.parse(output.toString());
}
