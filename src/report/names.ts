/**
 * Short names for paths: without the folders that all of them share. One path alone is its file name; paths that are
 * equal stay equal.
 */
export function shortNames(paths: readonly string[]): string[] {
  const parts = paths.map((path) => path.split(/[\\/]/));
  const depth = Math.min(...parts.map((one) => one.length - 1));
  let shared = 0;
  while (shared < depth && parts.every((one) => one[shared] === parts[0]![shared])) shared++;
  return parts.map((one) => one.slice(shared).join('/'));
}
