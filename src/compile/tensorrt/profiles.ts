export interface ProfileReport {
  /** By input: its dims at the least, the most frequent and the largest. */
  readonly [input: string]: {
    readonly min: readonly number[];
    readonly opt: readonly number[];
    readonly max: readonly number[];
  };
}
