import type { Gate } from '../../gates/gate.js';
import type { Model } from '../../ir/model.js';
import type { Target } from '../../quantize/targets/target.js';
import type { Settings } from '../transforms/transform.js';

/** One command of those that make a candidate. */
export interface MakingStep {
  /** Name of a transform. */
  readonly transform: string;
  readonly settings: Settings;
}

/** Something to try: commands, one after the other, from the original to an artifact. */
export interface Candidate {
  /** Names its file too. */
  readonly name: string;
  readonly family: string;
  readonly steps: readonly MakingStep[];
}

/** What families look at when they propose. */
export interface ProposalContext {
  readonly model: Model;
  readonly target: Target;
  /** False when the artifact is for another machine. */
  readonly isThisMachine: boolean;
  /** Shares of MACs to cut, where that was asked for. */
  readonly pruneRatios: readonly number[];
  /** What the winner has to hold. */
  readonly gates: readonly Gate[];
}

/** Candidates of one kind. Adding one: a file that exports it, and a line in `list.ts`. */
export interface CandidateFamily {
  readonly name: string;
  readonly summary: string;
  /** The most promising first; none where it cannot pay. */
  propose(context: ProposalContext): readonly Candidate[];
}

/** A candidate that `quantize` makes. */
export function quantized(name: string, family: string, settings: Settings): Candidate {
  return { name, family, steps: [{ transform: 'quantize', settings }] };
}
