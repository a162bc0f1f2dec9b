import { beforeAll, describe, expect, it } from 'vitest';
import { build } from './run-cli.js';

// `npm run test:fuzz` goes on for a million cases, from the models of other projects where they are there.
describe('files that are wrong in places', () => {
  beforeAll(build, 180_000);

  it.each([
    ['reader', 600],
    ['job', 24],
  ] as const)(
    '%s: a sample of %d ends as an error of the file, or well',
    async (mode, cases) => {
      const { runCases } = await import('../../scripts/fuzz/run.js');
      const { problems, counts } = await runCases({
        mode,
        seed: 7,
        from: 0,
        to: cases,
        folders: [],
        jobs: 1,
      });
      expect(problems).toEqual([]);
      expect(counts.fine + counts.refused).toBe(cases);
      expect(counts.refused).toBeGreaterThan(0);
      expect(counts.fine).toBeGreaterThan(0);
    },
    180_000,
  );
});
