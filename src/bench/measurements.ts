import type { Dataset } from '../data/types.js';
import type { Gate } from '../gates/gate.js';
import type { Tool } from '../tool.js';
import type { Artifact } from './artifact.js';
import type { Against, BenchEnvironment, BenchSettings } from './result.js';

/** Everything that a bench knows when the last run is done. */
export interface Measurements {
  readonly tool: Tool;
  readonly measuredAt: Date;
  readonly environment: BenchEnvironment;
  readonly settings: BenchSettings;
  readonly dataset: Dataset;
  readonly artifacts: readonly Artifact[];
  readonly gates: readonly Gate[];
  readonly warnings: readonly string[];
  readonly against: Against | null;
  /** How much slower the machine is than it was when the stored baseline was measured; 1 where that is not known. */
  readonly referenceRatio: number;
  readonly interrupted: boolean;
}
