// `npm run demo`: the main job on a model that lies in fixtures/. Quantizes it, measures the result against the
// original, and prints the comparison. Arguments name other fixtures: `npm run demo -- tones-lstm`.
import { existsSync, mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ensureInstalled, root, runProgram, say } from './setup.js';

ensureInstalled();

const command = join(root, 'bin', 'infer-opt.js');
const folder = join(root, '.cache', 'demo');
mkdirSync(folder, { recursive: true });

/** Shows a command as a user would type it, and runs it. */
function inferOpt(words) {
  say(`\n$ infer-opt ${words.join(' ')}`);
  const status = runProgram(process.execPath, [command, ...words]);
  if (status !== 0) process.exit(status);
}

const names = process.argv.length > 2 ? process.argv.slice(2) : ['glyphs-resnet'];
for (const name of names) {
  const model = join('fixtures', `${name}.onnx`);
  const data = join('fixtures', `${name}.yaml`);
  if (!existsSync(join(root, model))) {
    say(`error: there is no fixture ${name}`);
    process.exit(2);
  }
  const artifact = relative(root, join(folder, `${name}.int8.onnx`));
  inferOpt(['quantize', model, '-o', artifact, '--data', data]);
  inferOpt(['bench', model, artifact, '--data', data, '--time', '10s']);
}
