// `npm test`: installs and builds what is missing, runs the tests (arguments go to vitest), and says on the
// last line how they ended: "N passed, M failed, K skipped".
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, root, runProgram } from './setup.js';

ensureInstalled();

const folder = mkdtempSync(join(tmpdir(), 'infer-opt-test-'));
try {
  const results = join(folder, 'results.json');
  const status = runProgram(process.execPath, [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${results}`,
    ...process.argv.slice(2),
  ]);
  const counts = countsOf(results);
  // A run that fails outside of any test (an error nobody caught) has failed all the same.
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  process.exitCode = status;
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Counts of vitest's JSON report; a file that could not even be loaded counts as one failure. */
function countsOf(path) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // No report: vitest itself did not come to an end, and its exit status says so.
    return counts;
  }
  for (const file of report.testResults) {
    if (file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'))
      counts.failed++;
    for (const test of file.assertionResults) {
      if (test.status === 'passed') counts.passed++;
      else if (test.status === 'failed') counts.failed++;
      else counts.skipped++;
    }
  }
  return counts;
}
