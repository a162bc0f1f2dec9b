/**
 * How many rounds in a row belong together because what disturbed one went on in the next: (1 + r) / (1 - r) for the
 * lag-1 autocorrelation r, the factor by which such a series says less than independent values (AR(1), see
 * G. E. P. Box, G. M. Jenkins, Time Series Analysis, on the variance of a mean). 1 where r could be chance.
 */
export function roundsTogether(series: readonly number[]): number {
  const n = series.length;
  // Ranks instead of values: one spike must not hide, or make up, a slow drift. Equal values share a rank.
  const sorted = [...series].sort((a, b) => a - b);
  const deviations = series.map((value) => {
    const [first, last] = [sorted.indexOf(value), sorted.lastIndexOf(value)];
    return (first + last - (n - 1)) / 2;
  });
  let squares = 0;
  let products = 0;
  for (let i = 0; i < n; i++) {
    squares += deviations[i]! ** 2;
    if (i > 0) products += deviations[i]! * deviations[i - 1]!;
  }
  const r = squares === 0 ? 0 : products / squares;
  const chance = 2 / Math.sqrt(n);
  return r <= chance ? 1 : Math.ceil((1 + r) / (1 - r));
}
