import { createHash } from 'node:crypto';

/** A name for what `parts` say, equal for equal content whatever the order of keys. */
export function keyOf(parts: unknown): string {
  return createHash('sha256').update(canonical(parts)).digest('hex');
}

/** JSON with sorted keys; what is undefined is left out. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`);
    return `{${fields.join(',')}}`;
  }
  return value === undefined ? 'null' : JSON.stringify(value);
}
