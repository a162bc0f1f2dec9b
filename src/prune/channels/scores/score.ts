import type { SampleSet } from '../../../data/types.js';
import type { Model } from '../../../ir/model.js';
import type { Layer } from '../../layer.js';
import type { Site } from '../../repair/site.js';
import type { WeighOptions } from '../../weigh-sites.js';
import type { GroupTrace } from '../allocate.js';
import type { ChannelGroup } from '../groups.js';

/** What scores may look at. The model is prepared and not cut yet. */
export interface ScoreContext extends WeighOptions {
  readonly model: Model;
  readonly groups: readonly ChannelGroup[];
  readonly layers: readonly Layer[];
  /** The layers that can be observed. */
  readonly sites: readonly Site[];
  readonly samples: SampleSet;
  /** How much is to go, about: errors are probed at the size that they will have. */
  readonly ratio: number;
  /** Scales of BatchNormalization as the file has them, by the name of the node that they follow. */
  readonly batchNorms: ReadonlyMap<string, Float64Array>;
}

/**
 * How it is judged what a channel is worth. Adding one: a file that exports it, and a line in `list.ts`.
 */
export interface ChannelScore {
  readonly name: string;
  /** One line for help and documentation. */
  readonly summary: string;
  /** For every group the order in which its units go, and what each costs. */
  trace(context: ScoreContext): Promise<GroupTrace[]>;
}
