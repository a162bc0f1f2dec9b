/** A cut that was tried: what is left of the multiply-accumulates and of the latency, as shares. */
export interface Attempt {
  readonly macs: number;
  readonly latency: number;
}

const mostAttempts = 6;
/** A little below the target, so that an attempt on the line is within it. */
const aim = 0.985;
/** Closer to the target than this, what is left to gain is within the noise of the measurement. */
const close = 0.03;

/**
 * The largest share of multiply-accumulates whose measured latency is within the target: along the line through
 * the nearest attempts, as latency grows with work, if not in proportion to it. Undefined where even the
 * smallest that was tried takes too long; `tried` then tells how far it went.
 */
export async function searchLatency(
  target: number,
  attempt: (macs: number) => Promise<Attempt>,
): Promise<{ found: Attempt | undefined; tried: readonly Attempt[] }> {
  const tried: Attempt[] = [];
  let within: Attempt | undefined;
  let beyond: Attempt = { macs: 1, latency: 1 };
  while (tried.length < mostAttempts) {
    const low = within ?? floorOf(beyond);
    const line = (aim * target - low.latency) / (beyond.latency - low.latency);
    const width = beyond.macs - (within?.macs ?? 0);
    const guess = Math.min(
      beyond.macs - 0.05 * width,
      Math.max((within?.macs ?? 0) + 0.05 * width, low.macs + (beyond.macs - low.macs) * line),
    );
    const made = await attempt(guess);
    tried.push(made);
    if (made.latency <= target) {
      if (within === undefined || made.macs >= within.macs) within = made;
      if (target - made.latency <= close * target || width < close) break;
    } else {
      // As little as can be, and still too slow: less cannot be asked for.
      if (made.macs > guess + close) break;
      beyond = made;
    }
  }
  return { found: within, tried };
}

/** Where the line from the whole model through an attempt meets no work at all: the latency that work does not explain. */
function floorOf({ macs, latency }: Attempt): Attempt {
  if (macs >= 1) return { macs: 0, latency: 0 };
  const slope = (1 - latency) / (1 - macs);
  return { macs: 0, latency: Math.min(0.99 * latency, latency - slope * macs) };
}
