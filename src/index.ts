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

// The whole job: the fastest artifact that holds the gates, and jobs written down.
export { optimize } from './search/optimize.js';
export type { OptimizeRequest } from './search/request.js';
export type { CandidateResult, FrontPoint, Measurement, OptimizeResult, Winner } from './search/result.js';
export { mergeResults } from './search/merge.js';
export type { Shard } from './search/shard.js';
export { runRecipe, type RunRequest } from './recipe/run-recipe.js';
export type { JobResult, RunResult, StepResult } from './recipe/result.js';
export { starterRecipe, type StarterRequest } from './recipe/starter.js';

// Its parts: make it simpler, smaller, sparser; compile it.
export { fuseModel as fuse, type FuseRequest } from './fuse/fuse.js';
export type { FuseResult } from './fuse/result.js';
export { quantizeModel as quantize, quantizeModel, type QuantizeRequest } from './quantize/quantize.js';
export type { QuantizeResult } from './quantize/result.js';
export { pruneModel as prune } from './prune/prune.js';
export type { PruneRequest } from './prune/request.js';
export type { PruneResult } from './prune/result.js';
export { distillModel as distill, type DistillRequest } from './distill/distill.js';
export type { DistillResult } from './distill/result.js';
export { compileModel as compile, type CompileResult } from './compile/compile.js';
export type { CompileRequest } from './compile/compiler.js';

// What a model is, and where two differ.
export { inspectModel as inspect, type Inspection, type InspectRequest } from './jobs/inspect.js';
export { compareModels as compare, type CompareRequest } from './quantize/compare/compare.js';
export type { CompareResult } from './quantize/compare/result.js';

// How it is served.
export { plan, type PlanRequest } from './jobs/plan/request.js';
export type { PlanResult } from './serve/plan/plan-result.js';
export { packageModels, type PackageRequest } from './jobs/package/request.js';
export type { PackageResult } from './serve/package-result.js';

// Measure it, judge it.
export { bench, type BenchArtifactsRequest } from './search/bench-artifacts.js';
export { runBench, type BenchRequest } from './bench/bench.js';
export type { BenchResult } from './bench/result.js';
export { describeKernels, type KernelReport } from './runtime/kernels.js';
export { parseGate } from './gates/parse.js';
export type { Gate } from './gates/gate.js';
export { diagnose, type Diagnosis } from './bench/doctor.js';
