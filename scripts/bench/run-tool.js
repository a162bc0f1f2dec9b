import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root } from './quantization-cases.js';

/**
 * Runs `infer-opt WORDS --json` as a user does, with its progress on our stderr.
 * @param {readonly string[]} words
 * @returns {any} the result object
 */
export function inferOpt(words) {
  const command = path.join(root, 'bin/infer-opt.js');
  const { status, stdout, error } = spawnSync(process.execPath, [command, ...words, '--json', '--quiet'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
  });
  if (error) throw error;
  // A result is printed also where an artifact could not be measured; without one there is nothing to go on with.
  if (stdout.length === 0) throw new Error(`infer-opt ${words.join(' ')} ended with status ${status}`);
  return JSON.parse(stdout.toString());
}
