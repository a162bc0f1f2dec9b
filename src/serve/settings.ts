/** How a model is to be served: what `package` writes, and what a plan recommends. Times are in milliseconds. */
export interface ServingSettings {
  /** The largest batch; only where the model takes batches. */
  readonly maxBatch: number;
  /** How long the batcher holds a request back in the hope of others; 0 sends what is there. */
  readonly windowMs: number;
  /** Batch sizes that the batcher prefers; empty for none, which is right for nearly every model. */
  readonly preferred: readonly number[];
  /** Copies of the model that run at the same time. */
  readonly instances: number;
  /** Requests that may wait; 0 for any number. */
  readonly queueLimit: number;
  /** Requests that waited longer are refused; 0 for never. */
  readonly queueTimeoutMs: number;
}

/** Without a plan: batches as they come, no waiting, one copy. */
export const defaultSettings: ServingSettings = {
  maxBatch: 8,
  windowMs: 0,
  preferred: [],
  instances: 1,
  queueLimit: 0,
  queueTimeoutMs: 0,
};
