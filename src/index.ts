/** The public API: what programs that import `infer-opt` may rely on, and nothing else. */

// What every call has in common.
export { InferOptError, type ErrorCode } from './errors.js';
export { silentProgress, type Progress, type ProgressStep } from './progress.js';

// Models: tensors, the graph, files.
export { Tensor } from './tensor/tensor.js';
export type { DType } from './tensor/dtype.js';
export { Model } from './ir/model.js';
export { Graph } from './ir/graph.js';
export type { Node } from './ir/node.js';
export type { Value } from './ir/value.js';
export { verifyModel } from './ir/verify.js';
export { decodeModel, readModel } from './onnx/read.js';
export { encodeModel } from './onnx/write.js';
export { writeModel } from './onnx/write-file.js';
export { upgradeOpset } from './onnx/upgrade/upgrade.js';

// Samples.
export { openDataset, type Dataset, type InputSpec, type Sample, type SampleSet } from './data/dataset.js';

// The main job: make it smaller, measure it, judge it.
export { quantizeModel, type QuantizeRequest } from './quantize/quantize.js';
export type { QuantizeResult } from './quantize/result.js';
export { describeKernels, type KernelReport } from './runtime/kernels.js';
export { runBench, type BenchRequest } from './bench/bench.js';
export type { BenchResult } from './bench/result.js';
export { parseGate } from './gates/parse.js';
export type { Gate } from './gates/gate.js';
export { diagnose, type Diagnosis } from './bench/doctor.js';
