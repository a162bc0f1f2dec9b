/** What holds where a request says nothing. */
export const defaults = {
  batch: 32,
  temperature: 2,
  hintWeight: 400,
  decay: 0,
  clip: 5,
  holdBack: 0.1,
  seed: 1,
  /** Share of the free memory that training may need for its values. */
  memoryShare: 0.5,
} as const;

/** How the memory for the values of a training is shared by what is open at the same time. */
export const memoryShares = {
  /**
   * What is planned for the training step, and for the teacher that answers for the parts of a batch. The runtime's
   * own order of operators keeps values longer than the order of the plan: 1.4 times as much was measured.
   */
  step: 0.55,
  /** Each of the networks that are asked beside it: the teacher as a whole, and the student when it is judged. */
  network: 1 / 8,
  /** What is tried before there is a step: inner values that are compared, forms of convolutions that are timed. */
  trial: 1 / 4,
} as const;

/** Samples held back at most. */
export const mostHeldBack = 256;

/** Decoded samples and what the teacher says about them are kept up to so many bytes, each. */
export const keptBytes = 2 ** 30;
