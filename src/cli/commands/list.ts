import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import { bench } from './bench.js';
import { doctor } from './doctor.js';

/** Adds one command, with its flags, its example and its action, to the program. */
export type AddCommand = (program: Command, terminal: Terminal) => void;

/** In the order of the help: look, change, measure, ask about this machine. */
export const commands: readonly AddCommand[] = [bench, doctor];
