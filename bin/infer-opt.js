#!/usr/bin/env node
import { needsSupervisor, supervise } from '../dist/cli/supervise.js';

if (needsSupervisor(process.argv.slice(2))) await supervise(process);
else {
  const { run } = await import('../dist/cli/main.js');
  await run(process);
}
