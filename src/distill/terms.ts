import type { Loss, LossSettings } from './losses/loss.js';

/** One part of the loss: a value of the student that is to be like a value of the teacher. */
export interface LossTerm {
  /** Names of values, each in its own model. */
  readonly student: string;
  readonly teacher: string;
  readonly loss: Loss;
  readonly settings: LossSettings;
  readonly weight: number;
  /** True where the value is held to the labels of the samples, and not to what the teacher gives for it. */
  readonly labelled?: boolean;
}
