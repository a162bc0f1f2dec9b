import type { GraphPrecision } from '../graph-precision.js';
import type { Precision, TensorRtIntent } from '../intent.js';
import type { ShapeProfile } from '../profiles.js';
import type { Trtexec } from '../trtexec.js';

/** Everything that the command lines hang on. */
export interface EngineJob {
  readonly trtexec: Trtexec;
  readonly intent: TensorRtIntent;
  readonly precision: Precision;
  readonly graph: GraphPrecision;
  readonly profiles: readonly ShapeProfile[];
}

/** What is needed to run an engine that is there. */
export type EngineRun = Pick<EngineJob, 'trtexec' | 'intent' | 'profiles'> & {
  /** The shapes to run at; the usual ones of the first profile without. */
  readonly at?: RunShapes | undefined;
};

/** Dims of inputs by name, and the profile that holds them. */
export interface RunShapes {
  readonly profile: number;
  readonly dims: ReadonlyMap<string, readonly number[]>;
}

/** Files of one run. */
export interface BuildFiles {
  readonly model: string;
  readonly engine: string;
  readonly layers: string;
  readonly timingCache: string | undefined;
}

export interface MeasureFiles {
  readonly engine: string;
  readonly times: string;
}
