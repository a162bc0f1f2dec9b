import type { Model } from '../ir/model.js';
import type { OutputDistance } from '../runtime/compare-outputs.js';
import type { SpeedMeasure } from '../runtime/measure-speed.js';
import type { ModeReport } from './modes/mode.js';

/** What a mode made of the model, in a file of its own, compared and timed where it can be. */
export interface Candidate {
  readonly mode: string;
  readonly file: string;
  readonly model: Model;
  readonly report: ModeReport;
  readonly outputs: OutputDistance | null;
  readonly speed: SpeedMeasure | null;
}
