// `npm run test:report`: opens the HTML report in a Chromium that is already installed and looks for requests,
// errors, missing plots and what a screen reader or keyboard cannot use. SCREENSHOTS=FOLDER keeps pictures.
import { join } from 'node:path';
import { findChromium } from './chromium.js';
import { root, runProgram } from './setup.js';

if (findChromium() === undefined) {
  console.log('skipped: no Chromium is installed (CHROMIUM=PATH names one)');
} else {
  process.exitCode = runProgram(process.execPath, [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--config',
    join(root, 'vitest.report.config.ts'),
    ...process.argv.slice(2),
  ]);
}
