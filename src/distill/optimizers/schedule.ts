/** Share of the training in which the rate rises. */
const warmUp = 0.03;

/** The factor of the learning rate when a share of the training is done: a short rise, then half a cosine to zero. */
export function scheduleAt(done: number): number {
  if (done < warmUp) return (done + 0.001) / (warmUp + 0.001);
  return 0.5 * (1 + Math.cos((Math.PI * (done - warmUp)) / (1 - warmUp)));
}
