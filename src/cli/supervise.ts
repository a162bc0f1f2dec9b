import { fileURLToPath } from 'node:url';
import type { ChildEnd } from './child-end.js';
import { commands } from './commands/list.js';
import { endingSignals, type EndingSignal } from './process.js';

/** The command line again, as a child. */
const child = fileURLToPath(new URL('supervised.js', import.meta.url));

/** What a second signal leaves a command that does not listen. */
const graceMilliseconds = 1000;

/** Whether these words of the command line may end in native code; help and what is no command never does. */
export function needsSupervisor(words: readonly string[]): boolean {
  if (words.includes('--help') || words.includes('-h')) return false;
  return commands.some(({ name, native }) => name === words[0] && native === true);
}

/**
 * Runs the command line in a child and watches over it: native code can end a process without a word, and then this one
 * prints the error, removes what was left unfinished, and sets the exit status. Signals are told to the child, which
 * ends with its parent however that ends. This process loads as little as it can.
 */
export async function supervise(owner: NodeJS.Process): Promise<void> {
  const { spawn } = await import('node:child_process');
  const words = owner.argv.slice(2);
  const running = spawn(owner.execPath, [...owner.execArgv, child, ...words], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  let interrupted: number | undefined;
  const tell = (signal: EndingSignal): void => {
    if (interrupted !== undefined) {
      setTimeout(() => running.kill('SIGKILL'), graceMilliseconds).unref();
    }
    interrupted = endingSignals[signal];
    // A child that is ending takes no more messages, and needs none.
    if (running.connected) running.send(signal, () => undefined);
  };
  for (const signal of Object.keys(endingSignals)) owner.on(signal, tell);

  const end = await new Promise<ChildEnd | Error>((resolve) => {
    running.on('error', resolve);
    running.on('exit', (code, signal) => {
      resolve({ code, signal });
    });
  });
  if (!(end instanceof Error) && end.signal === null && interrupted === undefined && isUsual(end.code)) {
    owner.exitCode = end.code;
    return;
  }
  const { afterwards } = await import('./afterwards.js');
  owner.exitCode = afterwards(owner, end, { words, pid: running.pid, interrupted });
}

/** Statuses of ours and of Node's own; what is larger comes from the system. */
function isUsual(code: number | null): code is number {
  return code !== null && code < 128;
}
