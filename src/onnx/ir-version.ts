import type { Model } from '../ir/model.js';
import type { DType } from '../tensor/dtype.js';

/**
 * The IR version that came out with each opset of the standard
 * (https://github.com/onnx/onnx/blob/main/docs/Versioning.md, "Released Versions").
 */
const irVersionOfOpset: readonly (readonly [opset: number, irVersion: number])[] = [
  [25, 13],
  [24, 12],
  [23, 11],
  [21, 10],
  [19, 9],
  [15, 8],
  [12, 7],
  [11, 6],
  [10, 5],
  [9, 4],
];

/** IR versions that brought an element type. */
const irVersionOfType: Partial<Record<DType, number>> = {
  float8e4m3fn: 9,
  float8e4m3fnuz: 9,
  float8e5m2: 9,
  float8e5m2fnuz: 9,
  int4: 10,
  uint4: 10,
  float4e2m1: 11,
  float8e8m0: 12,
  int2: 13,
  uint2: 13,
};

/**
 * The lowest IR version in which the model can be said: older runtimes refuse newer versions without a
 * need. At least 4, since from there on initializers need not be graph inputs.
 */
export function lowestIrVersion(model: Model): number {
  let version = irVersionOfOpset.find(([opset]) => model.opset >= opset)?.[1] ?? 4;
  if (model.functions.length > 0) version = Math.max(version, 8);
  for (const graph of model.graphs()) {
    for (const value of graph.values()) {
      const dtype = value.constant?.dtype ?? (value.type?.kind === 'tensor' ? value.type.dtype : undefined);
      if (dtype !== undefined) version = Math.max(version, irVersionOfType[dtype] ?? 0);
      if (value.sparseConstant !== undefined) version = Math.max(version, 5);
    }
  }
  return version;
}
