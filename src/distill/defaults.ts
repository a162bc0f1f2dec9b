/** What holds where a request says nothing. */
export const defaults = {
  batch: 32,
  temperature: 2,
  hintWeight: 400,
  decay: 0,
  clip: 5,
  holdBack: 0.1,
  seed: 1,
  /** Share of the free memory that the values of a step may need. */
  memoryShare: 0.5,
} as const;

/** Samples held back at most. */
export const mostHeldBack = 256;

/** Decoded samples and what the teacher says about them are kept up to so many bytes, each. */
export const keptBytes = 2 ** 30;
