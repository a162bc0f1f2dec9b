// `npm run test:faults [-- --times N] [--seed N] [JOB...]`: kills every command that writes 100 times with SIGKILL, and
// says what was left each time. Ends with 1 where anything but the old or the whole new output was.
import { parseArgs } from 'node:util';
import { jobs } from './faults/jobs.js';
import { killRepeatedly } from './faults/kill.js';
import { Random } from './fixtures/random.js';
import { ensureInstalled } from './setup.js';

ensureInstalled();
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { times: { type: 'string', default: '100' }, seed: { type: 'string', default: '1' } },
});
const chosen = positionals.length === 0 ? jobs : jobs.filter(({ name }) => positionals.includes(name));
const random = new Random(Number(values.seed));
let broken = 0;
for (const job of chosen) {
  const result = await killRepeatedly(job, Number(values.times), random);
  broken += result.problems.length;
  const { kills, before, after, late } = result;
  console.log(`${job.name.padEnd(9)} ${kills} kills: ${before} old, ${after} new, ${late} after the end`);
  for (const problem of result.problems) console.log(`  ${problem}`);
}
console.log(broken === 0 ? 'nothing else was ever left' : `${broken} problems`);
process.exitCode = broken === 0 ? 0 : 1;
