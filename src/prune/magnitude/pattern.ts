import { InferOptError } from '../../errors.js';
import type { Layer } from '../layer.js';
import type { Pattern } from '../sparsity.js';

/** Longer groups than any hardware knows. */
const longest = 32;

/** `2:4` and the like: undefined for another scheme. Throws `usage` for a pattern that prunes nothing or everything. */
export function patternNamed(scheme: string): Pattern | undefined {
  const match = /^(\d+):(\d+)$/.exec(scheme);
  if (match === null) return undefined;
  const [kept, of] = [Number(match[1]), Number(match[2])];
  if (kept > 0 && kept < of && of <= longest) return { kept, of };
  throw new InferOptError('usage', `there is no pattern ${scheme}`, {
    hint: `write N:M with N of every M weights kept, such as 2:4; M is at most ${longest}`,
  });
}

/** Why a layer cannot hold a pattern; undefined where it can. */
export function misfit(layer: Layer, pattern: Pattern): string | undefined {
  const channels = layer.inputs / layer.taps;
  return channels % pattern.of === 0
    ? undefined
    : `its sums run over ${channels} channels, which groups of ${pattern.of} do not divide`;
}

/** The group of each column: neighbours along the channels at one place of the kernel. */
export function groupsOfColumns(layer: Layer, pattern: Pattern): Int32Array {
  return Int32Array.from(
    { length: layer.inputs },
    (_, column) => Math.floor(column / layer.taps / pattern.of) * layer.taps + (column % layer.taps),
  );
}

/** Keeps the largest weights of every group. */
export function largestOfGroups(weights: Float64Array, layer: Layer, pattern: Pattern): Uint8Array {
  const mask = new Uint8Array(weights.length).fill(1);
  const { inputs, taps } = layer;
  const { of, kept } = pattern;
  for (let row = 0; row < weights.length; row += inputs) {
    for (let start = 0; start < inputs; start += of * taps) {
      for (let tap = 0; tap < taps; tap++) {
        const members = Array.from({ length: of }, (_, index) => row + start + index * taps + tap);
        members.sort((a, b) => Math.abs(weights[a]!) - Math.abs(weights[b]!) || a - b);
        for (const index of members.slice(0, of - kept)) mask[index] = 0;
      }
    }
  }
  return mask;
}
