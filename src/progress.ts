/** One step that is under way. */
export interface ProgressStep {
  /** So many more of the step's units are done; 1 unless said otherwise. */
  advance(count?: number): void;
  /** What is being worked on now: a node, a sample, a candidate. */
  note(text: string): void;
  /** The step is over, well or not: call it in a `finally`. */
  done(): void;
}

/** Where a long job says how far it is. Any room may take one; only the command line knows how it is shown. */
export interface Progress {
  /**
   * Starts a step. `label` says what is done ("Calibrating"), `total` how many units there are; without it
   * no time left can be told. Steps may nest: the innermost one is shown.
   */
  start(label: string, total?: number): ProgressStep;
}

const silentStep: ProgressStep = {
  advance: () => undefined,
  note: () => undefined,
  done: () => undefined,
};

/** For callers that do not watch. */
export const silentProgress: Progress = { start: () => silentStep };
