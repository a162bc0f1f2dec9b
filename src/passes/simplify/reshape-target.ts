import type { Dim } from '../../ir/types.js';

/**
 * A constant Reshape target that makes `output` out of `input`: each length that is a number written out, each
 * that the input has at the same place copied (0, unless zeros mean themselves), at most one left to the rest
 * (-1). Undefined where more than one would be left, or where the result may be empty in a way that -1 cannot say.
 */
export function reshapeTarget(
  input: readonly Dim[] | undefined,
  output: readonly Dim[],
  copies = true,
): number[] | undefined {
  let open = 0;
  const written = output.map((length, axis) => {
    if (typeof length === 'number' && length > 0) return length;
    if (copies && length !== undefined && length === input?.[axis]) return 0;
    open += 1;
    return -1;
  });
  if (open > 1 || (output.includes(0) && (open > 0 || !copies))) return undefined;
  return written;
}
