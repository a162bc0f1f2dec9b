import type { Progress } from '../progress.js';
import { colors, takesColor, type Colors } from './color.js';
import { errorLines } from './error-lines.js';
import type { ProcessLike } from './process.js';
import { TerminalProgress } from './terminal-progress.js';

/** The flags that every command has and that say how it talks. */
export interface TalkFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/**
 * The two streams of a command: stdout carries the result and nothing else, stderr carries progress,
 * warnings and errors. A command hands in its result once, as an object and as text.
 */
export class Terminal {
  /** Aborted by SIGINT and SIGTERM; commands pass it on to whatever takes long. */
  readonly signal: AbortSignal;
  readonly out: Colors;
  readonly err: Colors;
  /** Exit status of a job that was done: 1 when a gate failed or was not measured, 3 when an artifact was not. */
  status: 0 | 1 | 3 = 0;
  readonly env: ProcessLike['env'];
  readonly #process: ProcessLike;
  readonly #progress: TerminalProgress;
  #flags: TalkFlags = {};

  constructor(owner: ProcessLike, signal: AbortSignal) {
    this.#process = owner;
    this.env = owner.env;
    this.signal = signal;
    this.out = colors(takesColor(owner.stdout, owner.env));
    this.err = colors(takesColor(owner.stderr, owner.env));
    this.#progress = new TerminalProgress(owner, () => this.#flags.quiet === true);
  }

  /** Called by the shell once the flags are parsed, before the command runs. */
  configure(flags: TalkFlags): void {
    this.#flags = flags;
  }

  get verbose(): boolean {
    return this.#flags.verbose === true;
  }

  /** Where a command's work says how far it is: a line that renews itself on a terminal, else rare lines. */
  get progress(): Progress {
    return this.#progress;
  }

  /** Prints the result: the object alone with `--json`, else the text. Call it once, at the end. */
  async result(value: object, text: () => string | Promise<string>): Promise<void> {
    const printed = this.#flags.json === true ? JSON.stringify(value, undefined, 2) : await text();
    this.#progress.clear();
    this.#process.stdout.write(printed.endsWith('\n') ? printed : `${printed}\n`);
  }

  /** Something the user should know though the job goes on; `--quiet` leaves it to the result. */
  warn(text: string): void {
    if (this.#flags.quiet !== true) this.#line(`${this.err.warning('warning:')} ${text}`);
  }

  /** Something good to know; not with `--quiet`. */
  note(text: string): void {
    if (this.#flags.quiet !== true) this.#line(text);
  }

  /** Only with `--verbose`. */
  detail(text: string): void {
    if (this.verbose) this.#line(this.err.faint(text));
  }

  /** A line for the program that runs us (a CI system), which reads stderr: as it is, whatever the flags are. */
  command(line: string): void {
    this.#line(line);
  }

  /** An error, whatever the flags are. */
  error(text: string, hint?: string): void {
    for (const line of errorLines(this.err, text, hint)) this.#line(line);
  }

  /** Stops whatever is drawn: called by the shell when a command has ended, well or not. */
  close(): void {
    this.#progress.close();
  }

  #line(text: string): void {
    this.#progress.clear();
    this.#process.stderr.write(`${text}\n`);
    this.#progress.draw();
  }
}
