/** Types of kill.js, for the test that takes a sample of it. */
import type { Job } from './jobs.js';
export function killRepeatedly(
  job: Job,
  times: number,
  random: { uniform(): number },
): Promise<{ name: string; kills: number; before: number; after: number; late: number; problems: string[] }>;
