import type { Finding } from './finding.js';
import type { PreflightContext, PreflightRule } from './rule.js';
import { dynamicShapes, profileRanges } from './rules/dynamic-shapes.js';
import { elementTypes } from './rules/element-types.js';
import { fixedBatch } from './rules/fixed-batch.js';
import { largeIntegers } from './rules/large-integers.js';
import { operators } from './rules/operators.js';
import { opset } from './rules/opset.js';
import { placement } from './rules/placement.js';
import { precisionInGraph } from './rules/precision.js';
import { quantizedTypes } from './rules/quantized-types.js';
import { zeroPoints } from './rules/zero-points.js';

/** In the order that they are told: what cannot be parsed first, what merely costs speed last. */
export const preflightRules: readonly PreflightRule[] = [
  operators,
  elementTypes,
  quantizedTypes,
  zeroPoints,
  placement,
  precisionInGraph,
  dynamicShapes,
  profileRanges,
  largeIntegers,
  opset,
  fixedBatch,
];

/** What TensorRT will object to, before minutes are spent on a build. */
export function preflight(context: PreflightContext): Finding[] {
  const findings = preflightRules.flatMap((rule) => rule.check(context));
  return [...findings.filter(isError), ...findings.filter((finding) => !isError(finding))];
}

export function isError({ severity }: Finding): boolean {
  return severity === 'error';
}
