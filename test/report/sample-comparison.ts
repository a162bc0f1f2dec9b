import type { ComparedValue, CompareResult } from '../../src/quantize/compare/result.js';

const hostile = '<img src=x onerror=alert(1)>|`"\'';

/** A comparison with names that are trouble. */
export function comparison(candidate = 'model.int8.onnx'): CompareResult {
  const values = [value('x', 40, 0), value(hostile, 31.5, 0.7), value('exact', null, 0), value('y', 28, 0.3)];
  return {
    schema: 'infer-opt/compare@1',
    baseline: { path: 'model.onnx', bytes: 4000 },
    candidate: { path: candidate, bytes: 1000 },
    dataset: 'digits',
    samples: 16,
    outputs: { samples: 16, sqnr_db: 28, cosine: 0.9991, max_abs: 0.25, not_finite: 0 },
    values,
    worst: [values[1]!, values[3]!].map((one) => ({ ...one, try: `--exclude ${one.value}` })),
    unaligned: 1,
    warnings: ['the inputs are made up'],
  };
}

function value(name: string, sqnr: number | null, share: number): ComparedValue {
  return {
    value: name,
    node: name === 'x' ? null : name,
    op: name === 'x' ? null : 'Conv',
    sqnr_in_db: null,
    sqnr_db: sqnr,
    share,
    max_abs: 0.1,
    scaled: false,
    clipped: share > 0 ? 0.004 : null,
  };
}
