import { isFloat } from '../../tensor/dtype.js';
import type { OutputMetric } from './metric.js';
import { argmax, squeezed } from './scores.js';

/**
 * Decisions that are equal. A float output decides by its largest score: one decision for scores [classes], one a
 * position for [positions, classes]; other ranks decide nothing. An integer, bool or string output is its own decision.
 */
export const agreement: OutputMetric = {
  name: 'agreement',
  summary: "share of decisions (the best class, or an integer output's elements) that are as the baseline's",
  kind: 'decision',
  applies(output) {
    if (!isFloat(output.dtype)) return !output.dtype.startsWith('complex');
    const dims = squeezed(output);
    return dims.length === 1 || dims.length === 2;
  },
  create() {
    let equal = 0;
    let decisions = 0;
    return {
      add(reference, candidate) {
        if (reference.dtype === 'string') {
          decisions += reference.size;
          equal += reference.strings.filter((text, i) => sameBytes(text, candidate.strings[i]!)).length;
          return;
        }
        const a = isFloat(reference.dtype) ? reference.toNumbers() : reference.values();
        const b = isFloat(reference.dtype) ? candidate.toNumbers() : candidate.values();
        const classes = isFloat(reference.dtype) ? squeezed(reference).at(-1)! : 1;
        for (let at = 0; at + classes <= reference.size; at += classes) {
          decisions++;
          const same =
            classes === 1
              ? a[at] === b[at]
              : argmax(a as ArrayLike<number>, at, classes) === argmax(b as ArrayLike<number>, at, classes);
          if (same) equal++;
        }
      },
      result: () => (decisions === 0 ? null : equal / decisions),
    };
  },
};

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
