import type { Value } from '../../../../ir/value.js';
import { isAtLeast } from '../../version.js';
import { findingAt, type PreflightRule } from '../rule.js';

const name = 'large-integers';
const [least, most] = [-(2n ** 31n), 2n ** 31n - 1n];
/** Larger tables are no shapes and indices, and looking at each number would take long. */
const mostElements = 2 ** 20;

/** Operators for which "very large" means "to the end", so that clamping changes nothing. */
const openEnded = ['Slice', 'Pad', 'Clip', 'Range', 'ReverseSequence'];

/** Before version 9 every int64 is made an int32 (changelog of onnx-tensorrt, 9.0): numbers beyond its range are clamped. */
export const largeIntegers: PreflightRule = {
  name,
  summary: 'int64 constants beyond the range of int32, which TensorRT clamps before 9.0',
  check({ model, trtexec: { version } }) {
    if (isAtLeast(version, '9.0')) return [];
    const values = [...model.graphs()].flatMap((graph) => [...graph.constants()]);
    const large = values.filter(
      (value) =>
        value.constant.dtype === 'int64' &&
        value.constant.size <= mostElements &&
        !value.consumers.every((node) => node.is(...openEnded)) &&
        hasLarge(value),
    );
    return findingAt(
      large.map((value) => value.name),
      {
        rule: name,
        severity: 'warning',
        message: 'int64 constants beyond the range of int32, which are clamped',
        hint: 'use TensorRT 9 or newer, or check the outputs of the engine with --data',
      },
    );
  },
};

function hasLarge(value: Value): boolean {
  return value.constant?.toBigInts().some((one) => one < least || one > most) === true;
}
