import { beforeAll, describe, expect, it } from 'vitest';
import { jobs } from '../../scripts/faults/jobs.js';
import { killRepeatedly } from '../../scripts/faults/kill.js';
import { seededRandom } from '../../src/tensor/random.js';
import { build } from './run-cli.js';

beforeAll(build, 180_000);

// `npm run test:faults` does it for every command that writes, a hundred times.
describe.skipIf(process.platform === 'win32')('a process that is killed', () => {
  it.each(jobs.filter(({ name }) => ['fuse', 'package'].includes(name)))(
    '$name leaves the old output or the new one, and the next run nothing else',
    async (job) => {
      const { problems, before, after } = await killRepeatedly(job, 4, { uniform: seededRandom(5) });
      expect(problems).toEqual([]);
      expect(before + after).toBe(4);
    },
    120_000,
  );
});
