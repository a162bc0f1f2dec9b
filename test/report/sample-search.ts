import type { OptimizeResult } from '../../src/search/result.js';
import { candidate, dropGate, measured, part } from '../search/measured.js';

const hostile = '<img src=x onerror=alert(1)>|`"\'';
const fast = measured(2.5, {
  drop: { top1: { value: 0.004, ci95: [-0.002, 0.01] } },
  gates: [dropGate('pass', 0.004)],
});
/** A search with names that are trouble. */
export const searchResult: OptimizeResult = {
  ...part(1, 1, [
    candidate('static', fast, fast),
    candidate(hostile, measured(1.1)),
    { ...candidate('dynamic', null), state: 'failed', reason: `no ${hostile}` },
  ]),
  gates: [dropGate('pass', 0.004)],
  winner: {
    name: 'static',
    path: 'out/static.onnx',
    command: `infer-opt quantize ${hostile}`,
    speedup: 2.5,
    reason: 'the fastest that passes every gate',
    judged: true,
  },
};
