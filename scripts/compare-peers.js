/**
 * infer-opt and the tools of others on the same models and the same samples, each in a process of its own: whether it
 * worked and why not, time, most memory, size, then latency against the original and accuracy with its interval, those
 * of all artifacts of a model from one interleaved `infer-opt bench` (one thread, batch size 1).
 *
 *   npm run compare-peers -- [OPTIONS]
 *
 *   --models NAME,NAME  only these models
 *   --only TEXT,TEXT    only tools whose name holds one of these words
 *   --time 15s          for the latencies of one model (15s; 30s where a run takes over 10 ms)
 *   --stop 8m           ends after the cell that is at work then: the next run goes on
 *   --again             measures also what is stored
 *   --docs FILE         writes the page there instead of on stdout, from whatever is stored
 *
 * Every cell is stored under .cache/compare-peers as it is measured, and a later run goes on from there. The Python
 * packages are installed into .cache. Exit status 4 when cells are left.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { page } from './peers/page.js';
import { makeArtifact, removeSamples } from './peers/make.js';
import { measureArtifacts } from './peers/measure.js';
import { isThere, models } from './peers/models.js';
import { cell } from './peers/store.js';
import { tools } from './peers/tools.js';
import { ensureInstalled } from './setup.js';

const { values: options } = parseArgs({
  options: {
    models: { type: 'string' },
    only: { type: 'string' },
    time: { type: 'string', default: '15s' },
    stop: { type: 'string' },
    again: { type: 'boolean', default: false },
    docs: { type: 'string' },
  },
});
ensureInstalled();
const begin = performance.now();
const [, amount, unit] = /^(\d+)(s|m)$/.exec(options.stop ?? '') ?? [];
const mostSeconds = amount === undefined ? Infinity : Number(amount) * (unit === 'm' ? 60 : 1);
const words = options.only?.split(',');
const chosenTools = tools.filter(({ name }) => words?.some((word) => name.includes(word)) ?? true);
const chosenModels = chooseModels();
let left = 0;
try {
  for (const one of chosenModels) if (!(await compare(one))) left++;
} finally {
  removeSamples();
}
const results = chosenModels.map((one) => ({
  one,
  made: chosenTools.map(({ name }) => cell(one.name, name).read()).filter((found) => found !== undefined),
  measured: cell(one.name, 'bench').read() ?? { failure: 'left for the next run' },
}));
const text = page(results, chosenTools);
if (options.docs === undefined) process.stdout.write(text);
else writeFileSync(options.docs, text);
if (left > 0) {
  say(`${left} of ${chosenModels.length} models are not done: the same command goes on`);
  process.exitCode = 4;
}

/** @param {import('./peers/models.js').PeerModel} one @returns {Promise<boolean>} whether it is done */
async function compare(one) {
  const made = [];
  for (const tool of chosenTools) {
    if (outOfTime()) return false;
    const found = await makeArtifact(one, tool, options.again);
    say(`${one.name}, ${tool.name}: ${found.failure ?? `${found.seconds.toFixed(1)} s`}`);
    made.push(found);
  }
  if (outOfTime()) return false;
  const { seconds, failure } = await measureArtifacts(one, made, options.time, options.again);
  say(`${one.name}, bench: ${failure ?? `${seconds.toFixed(0)} s`}`);
  return failure === undefined;
}

function outOfTime() {
  return (performance.now() - begin) / 1000 > mostSeconds;
}

function chooseModels() {
  const names = options.models?.split(',') ?? models.map(({ name }) => name);
  return names.flatMap((name) => {
    const one = models.find((known) => known.name === name);
    if (one === undefined)
      throw new Error(`no model ${name}: ${models.map((known) => known.name).join(', ')}`);
    if (isThere(one)) return [one];
    say(`${name}: skipped, its files are absent`);
    return [];
  });
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}
