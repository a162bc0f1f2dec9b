import { appendFile } from 'node:fs/promises';
import type { BenchResult } from '../bench/result.js';
import { githubAnnotations } from '../report/github.js';
import { markdown } from '../report/markdown.js';
import { reportOf } from '../report/report.js';
import type { Terminal } from './terminal.js';

/** Where a step of GitHub Actions runs, its gates become annotations and its summary gets the result. */
export async function tellGithub(result: BenchResult, terminal: Terminal): Promise<void> {
  if (terminal.env.GITHUB_ACTIONS === 'true') {
    for (const line of githubAnnotations(result)) terminal.command(line);
  }
  const summary = terminal.env.GITHUB_STEP_SUMMARY;
  if (summary === undefined || summary === '') return;
  try {
    await appendFile(summary, `${markdown.render(reportOf([result], result.tool))}\n`);
  } catch (thrown) {
    terminal.warn(
      `the step's summary could not be written: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
  }
}
