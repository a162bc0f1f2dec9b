/** One operator's share of a model. */
export interface OperatorCount {
  readonly operator: string;
  readonly before: number;
  readonly after: number;
}

export interface PassSummary {
  readonly name: string;
  readonly changes: number;
  /** Nodes added (negative: removed), subgraphs counted in. */
  readonly node_delta: number;
  readonly milliseconds: number;
  /** Why it did not run. */
  readonly not_run?: string;
  /** Places where it nearly matched, and what was missing. */
  readonly near_misses: readonly { readonly at: string; readonly why: string }[];
}

/** The result object of `infer-opt fuse`. */
export interface FuseResult {
  readonly schema: 'infer-opt/fuse@1';
  readonly level: string;
  readonly input: {
    readonly path: string;
    readonly bytes: number;
    readonly opset: number;
    readonly nodes: number;
  };
  readonly output: {
    readonly path: string;
    readonly bytes: number;
    readonly opset: number;
    readonly nodes: number;
  };
  /** By operator, the most frequent first; subgraphs counted in. */
  readonly operators: readonly OperatorCount[];
  readonly changes: number;
  readonly rounds: number;
  readonly passes: readonly PassSummary[];
  /** How the outputs were compared with those of the original. */
  readonly verified: {
    readonly outcome: 'equal' | 'within-tolerance' | 'not-checked';
    readonly samples: number;
    readonly dataset: string;
    /** Why nothing was compared. */
    readonly reason?: string;
  };
  /** Passes that changed outputs on this model and were therefore left out. */
  readonly undone: readonly { readonly pass: string; readonly why: string }[];
  /** Median latencies in the runtime at its full optimization; null where not asked for. */
  readonly measured: {
    readonly speedup: number;
    readonly original_ms: number;
    readonly result_ms: number;
  } | null;
  /** What reading, passes, comparing and writing took. */
  readonly milliseconds: {
    readonly read: number;
    readonly passes: number;
    readonly verify: number;
    readonly write: number;
  };
  readonly warnings: readonly string[];
}
