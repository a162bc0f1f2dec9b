import type { ValueType } from '../../../../ir/types.js';
import type { Value } from '../../../../ir/value.js';
import type { DType } from '../../../../tensor/dtype.js';
import { isAtLeast } from '../../version.js';
import { findingAt, type PreflightRule } from '../rule.js';

const name = 'element-types';

/** Types that no tensor of an engine can have. */
const impossible: ReadonlySet<DType> = new Set<DType>([
  'string',
  'int16',
  'uint16',
  'uint32',
  'uint64',
  'complex64',
  'complex128',
]);

/** Values of types that engines do not have, or have under another name. */
export const elementTypes: PreflightRule = {
  name,
  summary: 'element types that TensorRT does not have, or turns into others',
  check({ model, trtexec: { version } }) {
    const values = [...model.graphs()].flatMap((graph) => [...graph.values()]);
    const flowing = values.filter((value) => value.constant === undefined && value.type !== undefined);
    const border = [...model.graph.requiredInputs, ...model.graph.outputs];
    const isTensor = ({ type }: Value): boolean =>
      type === undefined || type.kind === 'tensor' || type.kind === 'unknown';
    const of = (list: readonly Value[], fits: (dtype: DType) => boolean): string[] =>
      list.filter(({ type }) => fitsType(type, fits)).map((value) => value.name);
    // Both came with 9.0: changelog of onnx/onnx-tensorrt, "ONNX models with INT64 I/O require INT64 bindings".
    const hasInt64 = isAtLeast(version, '9.0');
    const hasBfloat16 = isAtLeast(version, '9.0');
    return [
      ...findingAt(
        flowing.filter((value) => !isTensor(value)).map((value) => value.name),
        {
          rule: name,
          message: 'sequences, maps or optional values, which an engine cannot hold',
          hint: 'export the model up to the last tensor, and do the rest outside',
        },
      ),
      ...findingAt(
        of(flowing, (dtype) => impossible.has(dtype)),
        {
          rule: name,
          message:
            'values of an element type that TensorRT does not have (string, 16-bit or unsigned integers, complex)',
          hint: 'cast to int32, int64 or float32 in the model, or keep that part outside',
        },
      ),
      ...findingAt(
        of(border, (dtype) => dtype === 'float64'),
        {
          rule: name,
          message: 'a float64 input or output, which an engine cannot have',
          hint: 'export the model with float32 inputs and outputs',
        },
      ),
      ...findingAt(
        of(
          flowing.filter((value) => !border.includes(value)),
          (dtype) => dtype === 'float64',
        ),
        {
          rule: name,
          severity: 'warning',
          message: 'float64 values, which TensorRT computes in float32',
          hint: 'check the outputs of the engine against the model with --data',
        },
      ),
      ...(hasBfloat16
        ? []
        : findingAt(
            of(flowing, (dtype) => dtype === 'bfloat16'),
            {
              rule: name,
              message: 'bfloat16 values, which TensorRT has since 9.0',
              hint: 'use a newer TensorRT, or --mode fp16 in quantize',
            },
          )),
      ...(hasInt64
        ? []
        : findingAt(
            of(border, (dtype) => dtype === 'int64'),
            {
              rule: name,
              severity: 'warning',
              message: 'int64 inputs or outputs, which the engine takes and gives as int32 before TensorRT 9',
              hint: 'feed the engine int32 numbers there',
            },
          )),
    ];
  },
};

function fitsType(type: ValueType | undefined, fits: (dtype: DType) => boolean): boolean {
  return type?.kind === 'tensor' && fits(type.dtype);
}
