import type { DType } from '../../tensor/dtype.js';

/** The engine that Triton runs an artifact with. */
export interface Backend {
  readonly name: 'onnxruntime' | 'tensorrt';
  /** The older name of it, which KServe and older servers go by. */
  readonly platform: string;
  /** What the artifact is called inside a version folder. */
  readonly file: string;
  /** Element types of inputs and outputs that it takes. */
  readonly types: ReadonlySet<DType>;
}

/** Triton's names (https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/user_guide/model_configuration.html#datatypes). */
const typeNames: Readonly<Partial<Record<DType, string>>> = {
  bool: 'TYPE_BOOL',
  uint8: 'TYPE_UINT8',
  uint16: 'TYPE_UINT16',
  uint32: 'TYPE_UINT32',
  uint64: 'TYPE_UINT64',
  int8: 'TYPE_INT8',
  int16: 'TYPE_INT16',
  int32: 'TYPE_INT32',
  int64: 'TYPE_INT64',
  float16: 'TYPE_FP16',
  float32: 'TYPE_FP32',
  float64: 'TYPE_FP64',
  bfloat16: 'TYPE_BF16',
  string: 'TYPE_STRING',
};

const all = Object.keys(typeNames) as DType[];

export const onnxruntime: Backend = {
  name: 'onnxruntime',
  platform: 'onnxruntime_onnx',
  file: 'model.onnx',
  types: new Set(all.filter((dtype) => dtype !== 'bfloat16')),
};

export const tensorrt: Backend = {
  name: 'tensorrt',
  platform: 'tensorrt_plan',
  file: 'model.plan',
  types: new Set(['bool', 'uint8', 'int8', 'int32', 'int64', 'float16', 'float32', 'bfloat16']),
};

/** Triton's name of an element type; undefined for one that it does not have. */
export function typeName(dtype: DType): string | undefined {
  return typeNames[dtype];
}
