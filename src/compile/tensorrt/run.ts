import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import type { Progress } from '../../progress.js';
import { TrtexecLog } from './log.js';

export interface RunSettings {
  readonly program: string;
  readonly words: readonly string[];
  /** The log is appended here; nowhere without. */
  readonly logFile?: string | undefined;
  readonly timeLimitMs: number;
  readonly progress: Progress;
  readonly label: string;
  readonly signal?: AbortSignal | undefined;
}

/** How a run of trtexec ended. It is well only when `succeeded` says so: trtexec is known to end with 0 all the same. */
export interface RunOutcome {
  readonly succeeded: boolean;
  readonly exitCode: number | undefined;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly timeLimitMs: number;
  readonly log: TrtexecLog;
  readonly logFile: string | undefined;
}

/** How long a process that was asked to end may take; the command line itself waits 3 s. */
const graceMs = 2000;

/** Groups of processes that run, so that none outlives us whatever way we end. */
const running = new Set<number>();
process.on('exit', () => {
  for (const pid of running) endGroup(pid, 'SIGKILL');
});

/**
 * Runs trtexec, reads its log as it comes, and tells how it ended. Cancelling, or the time limit, ends it together with
 * everything that it started. Throws the signal's reason when aborted.
 */
export async function runTrtexec(settings: RunSettings): Promise<RunOutcome> {
  const { program, words, logFile, timeLimitMs, signal } = settings;
  signal?.throwIfAborted();
  const log = new TrtexecLog();
  const step = settings.progress.start(settings.label);
  const file = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a' });
  // A group of its own: the whole of it can be ended, and a Ctrl-C reaches us alone, who then end it.
  const child = execa(program, words, {
    reject: false,
    buffer: false,
    all: true,
    stdin: 'ignore',
    detached: process.platform !== 'win32',
    cleanup: false,
  });
  const { pid } = child;
  if (pid !== undefined) running.add(pid);
  // Set by a timer, which the compiler cannot see.
  const limit = { passed: false };
  let forced: NodeJS.Timeout | undefined;
  const end = (): void => {
    if (pid === undefined) return;
    endGroup(pid, 'SIGTERM');
    forced ??= setTimeout(() => endGroup(pid, 'SIGKILL'), graceMs);
  };
  const timer = setTimeout(() => {
    limit.passed = true;
    end();
  }, timeLimitMs);
  signal?.addEventListener('abort', end, { once: true });
  try {
    const lines = readLines(child.all, (line) => {
      file?.write(`${line}\n`);
      if (log.feed(line)) step.note(log.stage);
    });
    const result = await child;
    await lines;
    signal?.throwIfAborted();
    const timedOut = limit.passed;
    const succeeded = !timedOut && result.exitCode === 0 && log.passed === true;
    const ended = { exitCode: result.exitCode, signal: result.signal ?? null };
    return { succeeded, ...ended, timedOut, timeLimitMs, log, logFile };
  } finally {
    clearTimeout(timer);
    clearTimeout(forced);
    signal?.removeEventListener('abort', end);
    // Whatever it started and did not wait for goes with it.
    if (pid !== undefined) {
      endGroup(pid, 'SIGKILL');
      running.delete(pid);
    }
    if (file !== undefined) await closed(file);
    step.done();
  }
}

async function readLines(stream: NodeJS.ReadableStream, take: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) take(line);
}

async function closed(file: WriteStream): Promise<void> {
  file.end();
  if (!file.closed) await once(file, 'close');
}

function endGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    if (process.platform === 'win32') {
      // There are no groups; the tool of the system ends a process with all that it started.
      void execa('taskkill', ['/pid', String(pid), '/T', '/F'], { reject: false });
    } else {
      process.kill(-pid, signal);
    }
  } catch {
    // It has ended already.
  }
}
