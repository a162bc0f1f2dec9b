/** Numbers as people read them. Units follow the number after a space; nothing depends on a locale. */

/** A size in decimal units, three figures: 812 B, 4.96 MB, 102 MB. */
export function humanBytes(bytes: number): string {
  return scaled(bytes, 1000, ['B', 'kB', 'MB', 'GB', 'TB']);
}

/** A count, three figures: 812, 1.24 M, 349 M, 4.1 G. */
export function humanCount(count: number): string {
  return scaled(count, 1000, ['', 'k', 'M', 'G', 'T']);
}

function scaled(value: number, step: number, units: readonly string[]): string {
  if (!Number.isFinite(value)) return '-';
  let rest = value;
  let unit = 0;
  // 999.5 would be printed as 1000: it belongs to the next unit.
  while (Math.abs(rest) >= step - 0.5 && unit < units.length - 1) {
    rest /= step;
    unit++;
  }
  const text = unit === 0 ? String(Math.round(rest)) : threeFigures(rest);
  return units[unit] === '' ? text : `${text} ${units[unit]!}`;
}

function threeFigures(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

/** A latency in milliseconds, three figures: 0.123 ms, 4.56 ms, 35.0 ms, 1204 ms. */
export function humanMilliseconds(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return '-';
  return `${Math.abs(milliseconds) < 0.9995 ? milliseconds.toFixed(3) : threeFigures(milliseconds)} ms`;
}

/** A factor: 3.24x, 0.26x, 12.1x. */
export function humanRatio(ratio: number): string {
  return Number.isFinite(ratio) ? `${threeFigures(ratio)}x` : '-';
}

/** A share as a percentage with one digit: 0.6125 is 61.3%. */
export function humanShare(share: number): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(1)}%` : '-';
}

/** A time that one waits for, from seconds up: 8 s, 3 min 20 s, 1 h 5 min. */
export function humanDuration(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return '-';
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${String(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${String(minutes)} min ${String(seconds % 60)} s`;
  return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`;
}
