import { constants } from 'node:os';

/** How a process ended, as Node tells it: one of the two is null. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What the shell returns and prints for it. */
export interface EndReport {
  readonly status: number;
  /** Nothing to print where the command said for itself how it ended. */
  readonly error?: { readonly message: string; readonly hint: string };
}

const faults: readonly string[] = ['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP', 'SIGSYS'];

/** Windows: what a process ends with that the system ends, and names for the usual ones. */
const leastWindowsFault = 0x8000_0000;
const windowsInterrupted = 0xc000_013a;
const windowsFaults: Readonly<Record<number, string>> = {
  0xc0000005: 'access violation',
  0xc000001d: 'illegal instruction',
  0xc0000094: 'division by zero',
  0xc00000fd: 'stack overflow',
  0xc0000374: 'heap corruption',
};
const windowsMemory: readonly number[] = [0xc0000017, 0xc000012d];

/** What Node itself ends with where a signal would end it elsewhere. */
const abortStatus = 134;

/**
 * What became of a command by how its process ended. A fault in native code, or an abort, is an error of the model
 * (status 2), a process that was killed one of the surroundings (3); where the user asked for the end, that is the
 * reason whatever it looks like.
 */
export function reportOfEnd(
  end: ChildEnd,
  words: readonly string[],
  interrupted: number | undefined,
): EndReport {
  const { code, signal } = end;
  if (signal === null && code !== null && code !== abortStatus && code < leastWindowsFault)
    return { status: code };
  if (interrupted !== undefined) return { status: interrupted };
  const command = `infer-opt ${words.map(shown).join(' ')}`;
  if (signal === 'SIGKILL' || (code !== null && windowsMemory.includes(code))) {
    return {
      status: 3,
      error: {
        message: `${command} was killed (${signal ?? 'no memory'})`,
        hint: 'by somebody, or by the system for want of memory: give it more, or fewer samples (--samples)',
      },
    };
  }
  if (signal === 'SIGABRT' || code === abortStatus) {
    return {
      status: 2,
      error: {
        message: `${command} was aborted by native code (${signal ?? 'SIGABRT'})`,
        hint:
          'where a line above says that the heap is out of memory, allow more: NODE_OPTIONS=--max-old-space-size=8000; ' +
          'else the model is malformed or sets off a bug of onnxruntime',
      },
    };
  }
  const fault = signal === null ? windowsFault(code ?? leastWindowsFault) : faultSignal(signal);
  if (fault !== undefined) {
    return {
      status: 2,
      error: {
        message: `${command} ended by a fault in native code (${fault})`,
        hint: 'the model is malformed, or sets off a bug of onnxruntime',
      },
    };
  }
  return { status: signal === null ? 130 : 128 + constants.signals[signal] };
}

function faultSignal(signal: NodeJS.Signals): string | undefined {
  return faults.includes(signal) ? signal : undefined;
}

function windowsFault(code: number): string | undefined {
  if (code === windowsInterrupted) return undefined;
  return windowsFaults[code] ?? `0x${code.toString(16)}`;
}

function shown(word: string): string {
  return /^[\w./:=-]+$/.test(word) ? word : JSON.stringify(word);
}
