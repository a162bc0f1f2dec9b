import type { Site } from './site.js';

/** How one operator is carried over the version that changed its form or its meaning. */
export interface Conversion {
  readonly operators: readonly string[];
  /** The operator set that brought the change; nodes are rewritten on the way from the one before. */
  readonly to: number;
  /** What changed, in one line. */
  readonly change: string;
  /**
   * Rewrites the node to the form of operator set `to`, with the old meaning. New nodes are in that form as
   * well: later changes carry them on. Refuses through `site.refuse`.
   */
  convert(site: Site): void;
}
