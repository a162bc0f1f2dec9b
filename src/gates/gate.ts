export type Comparison = '>=' | '<=' | '>' | '<';

/** A limit on one named number. */
export interface Gate {
  /** As it was written. */
  readonly expr: string;
  readonly metric: string;
  readonly comparison: Comparison;
  /** In the unit that is measured: milliseconds, fractions, ratios, bytes, samples a second. */
  readonly limit: number;
  /** The unit as it was written, which tells metrics of one name apart; '' for none. */
  readonly unit: string;
  readonly relative: boolean;
  readonly labelled: boolean;
  /** A gate of level `warn` is judged and shown, and fails nothing. */
  readonly level: Level;
  /** Where it stands in a file of gates; undefined for one from the command line. */
  readonly source?: Source;
}

export type Level = 'error' | 'warn';

export interface Source {
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
}

/** A number as it was measured. */
export interface Measured {
  /** Null when it could not be measured. */
  readonly value: number | null;
  /** 95% interval; null for a number that has none, or too few samples for one. */
  readonly ci95: readonly [low: number, high: number] | null;
  /** The value stands for itself, without its interval: a file's size, or a drop when not one answer differs. */
  readonly exact?: boolean;
  /** Why there is no value, or what stands behind it. */
  readonly detail?: string;
}

export type Verdict = 'pass' | 'fail' | 'inconclusive' | 'not-measured';
