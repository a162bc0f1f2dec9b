/** The command line as the child of `supervise`: the same `run`, ended with its parent. */
import { removeLeftoversOf } from '../leftovers.js';
import { declareSupervised } from '../runtime/supervision.js';
import { run } from './main.js';
import { ToldSignals } from './told-signals.js';

function endWithParent(): void {
  removeLeftoversOf(process.pid, []);
  // Nobody is left to see the status; the listeners of the exit end our own children and remove unfinished files.
  process.exit(137);
}

declareSupervised();
process.on('disconnect', endWithParent);
if (process.connected) {
  const signals = new ToldSignals(process);
  // What is waited for is the end of the command, not word from the parent.
  process.channel?.unref();
  await run(process, signals);
} else endWithParent();
