/** What `run` needs of a process, so that tests can hand in their own. */
export interface ProcessLike {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  exitCode?: number | string | null | undefined;
  on(event: EndingSignal, listener: () => void): unknown;
  on(event: 'uncaughtException', listener: (thrown: unknown) => void): unknown;
  off(event: EndingSignal, listener: () => void): unknown;
  off(event: 'uncaughtException', listener: (thrown: unknown) => void): unknown;
  exit(code: number): unknown;
}

/** The signals that ask a command to end, with the exit status that follows from each. */
export const endingSignals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
export type EndingSignal = keyof typeof endingSignals;

/** Where a command hears of the signals that are meant for it. */
export interface SignalSource {
  on(signal: EndingSignal, listener: () => void): unknown;
  off(signal: EndingSignal, listener: () => void): unknown;
}

/** The part of a terminal stream, pipe or file that is used here. */
export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}
