// `npm run test:resume [-- --times N] [--seed N]`: kills `optimize` with SIGKILL at random moments, again and again with
// one cache, lets the last run end, and runs once more. Nothing may be left of a killed run, what was made and measured
// before must be found in the cache, and the last two runs must give the same artifact.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { clearTimeout, setTimeout } from 'node:timers';
import { parseArgs } from 'node:util';
import { Random } from './fixtures/random.js';
import { ensureInstalled, root } from './setup.js';

ensureInstalled();
const { values } = parseArgs({
  options: { times: { type: 'string', default: '10' }, seed: { type: 'string', default: '1' } },
});
const random = new Random(Number(values.seed));
const folder = mkdtempSync(join(tmpdir(), 'infer-opt-resume-'));
const words = [
  ...[join(root, 'bin', 'infer-opt.js'), 'optimize', join(root, 'fixtures', 'glyphs-resnet.onnx')],
  ...['-o', 'best', '--data', join(root, 'fixtures', 'glyphs-resnet.yaml'), '--gate', 'top1.drop <= 0.02'],
  ...['--time', '10m', '--only', 'static', '--cache', 'cache', '--json', '--quiet'],
];
let failures = 0;
const check = (good, text) => {
  if (!good) failures++;
  console.log(`${good ? 'ok  ' : 'NOT '} ${text}`);
};

try {
  let kills = 0;
  let finished = 0;
  while (kills < Number(values.times)) {
    const { ended } = await run(1_000 + 6_000 * random.uniform());
    const left = readdirSync(folder).filter(
      (name) => !['cache', 'best'].includes(name) && !name.startsWith('.'),
    );
    if (left.length > 0 || (!ended && readdirSync(folder).includes('best')))
      check(false, `kill ${kills} leaves ${[...left, 'best'].join(', ')}`);
    if (!ended) kills++;
    else {
      // It found enough in the cache to end before its time: the next one begins anew.
      finished++;
      for (const name of ['best', 'cache']) rmSync(join(folder, name), { recursive: true });
    }
  }
  console.log(`     ${kills} kills, ${finished} runs that ended before theirs`);
  const first = await outcome();
  rmSync(join(folder, 'best'), { recursive: true });
  const second = await outcome();
  check(
    first.cache.found > 0,
    `the run after the kills finds ${first.cache.found} entries, misses ${first.cache.missing}`,
  );
  check(
    second.cache.missing === 0,
    `another run finds ${second.cache.found} entries, misses ${second.cache.missing}`,
  );
  check(first.name === second.name, `both choose ${first.name} (${second.name})`);
  check(
    first.sha256 === second.sha256,
    `with the same bytes: ${first.sha256.slice(0, 16)} (${second.sha256.slice(0, 16)})`,
  );
  const left = readdirSync(folder).filter((name) => !['cache', 'best'].includes(name));
  check(left.length === 0, `nothing else is left (${left.join(', ')})`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;

/** Starts the search and kills it after so long. */
async function run(milliseconds) {
  const child = spawn(process.execPath, words, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  const exit = new Promise((done) =>
    child.once('close', (code) => done({ ended: code !== null, code, stdout })),
  );
  const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
  const result = await exit;
  clearTimeout(timer);
  return result;
}

async function outcome() {
  const { code, stdout } = await run(600_000);
  if (code !== 0) throw new Error(`optimize ends with ${code}`);
  const { winner, cache } = JSON.parse(stdout);
  const sha256 = createHash('sha256')
    .update(readFileSync(resolve(folder, winner.path)))
    .digest('hex');
  return { name: winner.name, sha256, cache };
}
