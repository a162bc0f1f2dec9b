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
