/** Types of jobs.js, for the test that takes a sample of it. */
export interface Job {
  readonly name: string;
}
export const jobs: readonly Job[];
