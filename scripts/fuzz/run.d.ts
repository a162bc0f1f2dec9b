/** Types of run.js, for the test that takes a sample of it. */
export function runCases(options: {
  mode: 'reader' | 'job';
  seed: number;
  from: number;
  to: number;
  folders: readonly string[];
  jobs: number;
  /** Milliseconds that a case may take; 10,000 unless said otherwise. */
  longest?: number;
}): Promise<{
  counts: { fine: number; refused: number };
  problems: { kind: string; index: number; what: string; detail: string }[];
}>;
