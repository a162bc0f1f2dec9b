import type { Ora } from 'ora';
import type { Progress, ProgressStep } from '../progress.js';
import { humanDuration } from '../report/humanize.js';
import type { OutputStream, ProcessLike } from './process.js';

/** How often the drawn line may change. */
const redrawMilliseconds = 80;
/** Without a terminal: the first sign of life, and the time between two. */
const firstLineMilliseconds = 10_000;
const nextLineMilliseconds = 30_000;
/** Before this no time left is told: the first units are the slow ones. */
const estimateAfterMilliseconds = 1_000;

class Step {
  readonly label: string;
  readonly total: number | undefined;
  readonly started: number;
  done = 0;
  note = '';

  constructor(label: string, total: number | undefined, now: number) {
    this.label = label;
    this.total = total;
    this.started = now;
  }

  /** "Calibrating 34/100, 12 s left", and the note while there is one. */
  text(now: number): string {
    let text = this.label;
    if (this.total !== undefined) text += ` ${String(this.done)}/${String(this.total)}`;
    const elapsed = now - this.started;
    if (this.total !== undefined && this.done > 0 && this.done < this.total) {
      if (elapsed >= estimateAfterMilliseconds) {
        text += `, ${humanDuration((elapsed / this.done) * (this.total - this.done))} left`;
      }
    }
    return this.note === '' ? text : `${text}: ${this.note}`;
  }
}

/**
 * Progress on stderr. On a terminal (outside CI) one line that renews itself; elsewhere a plain line now and
 * then, so that a log shows that a long step is alive; with `--quiet` nothing.
 */
export class TerminalProgress implements Progress {
  readonly #stream: OutputStream;
  readonly #live: boolean;
  readonly #quiet: () => boolean;
  readonly #clock: () => number;
  readonly #steps: Step[] = [];
  #spinner: Ora | undefined;
  #loading = false;
  #lastDrawn = 0;
  #nextLine = 0;

  constructor(owner: ProcessLike, quiet: () => boolean, clock: () => number = () => performance.now()) {
    this.#stream = owner.stderr;
    const ci = owner.env.CI !== undefined && owner.env.CI !== '' && owner.env.CI !== 'false';
    this.#live = owner.stderr.isTTY === true && !ci && owner.env.TERM !== 'dumb';
    this.#quiet = quiet;
    this.#clock = clock;
  }

  start(label: string, total?: number): ProgressStep {
    const now = this.#clock();
    const step = new Step(label, total, now);
    if (this.#steps.length === 0) this.#nextLine = now + firstLineMilliseconds;
    this.#steps.push(step);
    this.#changed(step);
    return {
      advance: (count = 1) => {
        step.done += count;
        this.#changed(step);
      },
      note: (text) => {
        step.note = text;
        this.#changed(step);
      },
      done: () => {
        const at = this.#steps.indexOf(step);
        if (at < 0) return;
        this.#steps.splice(at, 1);
        const outer = this.#steps.at(-1);
        if (outer === undefined) this.close();
        else this.#changed(outer);
      },
    };
  }

  /** Takes the drawn line away, so that something else can be printed. */
  clear(): void {
    this.#spinner?.clear();
  }

  /** Draws the line again. */
  draw(): void {
    this.#spinner?.render();
  }

  /** Ends all steps and gives the line and the cursor back. */
  close(): void {
    this.#steps.length = 0;
    this.#spinner?.stop();
    this.#spinner = undefined;
  }

  #changed(step: Step): void {
    if (this.#quiet() || step !== this.#steps.at(-1)) return;
    const now = this.#clock();
    if (this.#live) this.#redraw(step, now);
    else if (now >= this.#nextLine) {
      this.#nextLine = now + nextLineMilliseconds;
      this.#stream.write(`${step.text(now)}\n`);
    }
  }

  #redraw(step: Step, now: number): void {
    if (this.#spinner === undefined) {
      if (!this.#loading) void this.#load();
      return;
    }
    this.#spinner.text = this.#fitted(step.text(now));
    if (now - this.#lastDrawn < redrawMilliseconds) return;
    this.#lastDrawn = now;
    // Its own timer stands still while the runtime computes on this thread.
    this.#spinner.render();
  }

  async #load(): Promise<void> {
    this.#loading = true;
    const { default: ora } = await import('ora');
    this.#loading = false;
    const step = this.#steps.at(-1);
    if (step === undefined) return;
    this.#spinner = ora({
      stream: this.#stream as NodeJS.WritableStream,
      text: this.#fitted(step.text(this.#clock())),
      // Reading the keyboard would take Ctrl-C away from us.
      discardStdin: false,
    }).start();
  }

  #fitted(text: string): string {
    const room = Math.max(20, (this.#stream.columns ?? 80) - 4);
    return text.length <= room ? text : `${text.slice(0, room - 1)}…`;
  }
}
