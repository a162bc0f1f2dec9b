/** What can be timed: a model in its process, or a stand-in in tests. */
export interface Timed {
  /** Milliseconds of each of `count` runs in a row, from sample number `start` on. */
  timeBlock(count: number, start: number): Promise<Float64Array>;
}
