import type { DatasetOptions } from '../data/dataset.js';
import type { Gate } from '../gates/gate.js';
import type { Progress } from '../progress.js';
import type { Shard } from './shard.js';

export interface OptimizeRequest {
  readonly model: string;
  /** The folder to write; it must not exist unless `force`. */
  readonly output: string;
  /** Dataset file or source; seeded inputs without. */
  readonly data?: string | undefined;
  readonly dataset?: DatasetOptions | undefined;
  /** What the winner has to hold, as expressions or read from them; a default for the data without. */
  readonly gates?: readonly (string | Gate)[] | undefined;
  /** A gate that stays inconclusive is not enough. */
  readonly strict?: boolean | undefined;
  /** Time for everything, in ms; 10 minutes without. The search ends earlier when there is nothing left to try. */
  readonly timeMs?: number | undefined;
  readonly target?: string | undefined;
  /** Kinds of candidates to try or to leave out. */
  readonly only?: readonly string[] | undefined;
  readonly skip?: readonly string[] | undefined;
  /** Shares of MACs to try to cut. */
  readonly pruneRatios?: readonly number[] | undefined;
  readonly shard?: Shard | undefined;
  readonly threads?: number | undefined;
  /** Replaces a folder that an earlier search wrote. */
  readonly force?: boolean | undefined;
  /** Folder of the cache; none without. */
  readonly cache?: string | null | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}
