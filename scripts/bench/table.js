/**
 * Rows under their heads, two blanks apart; the first column stands on the left, the rest on the right.
 * @param {readonly string[]} heads
 * @param {readonly (readonly string[])[]} rows
 */
export function table(heads, rows) {
  const lines = [heads, ...rows];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** @param {number | null | undefined} value @param {number} digits @param {string} [unit] */
export function number(value, digits, unit = '') {
  return value === null || value === undefined ? '-' : `${value.toFixed(digits)}${unit}`;
}

/** @param {{ value: number, ci95: readonly [number, number] | null } | null | undefined} measured @param {number} digits @param {string} [unit] */
export function withInterval(measured, digits, unit = '') {
  if (measured === null || measured === undefined) return '-';
  const value = number(measured.value, digits, unit);
  if (measured.ci95 === null) return value;
  return `${value} [${measured.ci95.map((end) => end.toFixed(digits)).join(', ')}]`;
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}
