import type { Command } from 'commander';
import { withCommonOptions } from '../options.js';
import type { Terminal } from '../terminal.js';

/** `infer-opt doctor`: what this machine has, and what works with it. */
export function doctor(command: Command, terminal: Terminal): void {
  withCommonOptions(command, ['infer-opt doctor', 'infer-opt doctor --json']).action(async () => {
    const { diagnose } = await import('../../bench/doctor.js');
    const { doctorText } = await import('../../report/doctor-text.js');
    const diagnosis = await diagnose({ signal: terminal.signal });
    await terminal.result(diagnosis, () => doctorText(diagnosis, terminal.out));
  });
}
