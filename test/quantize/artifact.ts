import onnxProto from 'onnx-proto';
import { expect } from 'vitest';
import { minmax } from '../../src/calibrate/methods/minmax.js';
import type { RangeMethod } from '../../src/calibrate/range-method.js';
import type { SampleSet } from '../../src/data/types.js';
import type { Model } from '../../src/ir/model.js';
import { verifyModel } from '../../src/ir/verify.js';
import { lowestIrVersion } from '../../src/onnx/ir-version.js';
import { decodeModel } from '../../src/onnx/read.js';
import { encodeModel } from '../../src/onnx/write.js';
import { silentProgress } from '../../src/progress.js';
import { Exclusions } from '../../src/quantize/exclude.js';
import type { Mode, ModeContext, ModeReport } from '../../src/quantize/modes/mode.js';
import { x86 } from '../../src/quantize/targets/x86.js';
import type { Target } from '../../src/quantize/targets/target.js';
import { describeKernels, type KernelReport } from '../../src/runtime/kernels.js';
import { openSession } from '../../src/runtime/session.js';
import { isFloat } from '../../src/tensor/dtype.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { randomFeeds, type Feeds } from '../support/passes.js';

/** Samples that lie in memory. */
export function sampleSet(samples: readonly Feeds[]): SampleSet {
  return {
    size: samples.length,
    get: (index) => Promise.resolve({ id: `sample ${index}`, inputs: new Map(samples[index]) }),
  };
}

/** Seeded samples that fit a model's inputs. */
export function randomSamples(model: Model, count = 6): Feeds[] {
  return Array.from({ length: count }, (_, index) => randomFeeds(model, index + 1));
}

/** A copy that went through bytes, as a file does. */
export function copyOf(model: Model): Model {
  return decodeModel(encodeModel(model));
}

export interface Request {
  readonly samples?: readonly Feeds[];
  /** Whether samples count as data that was given; those that are passed do without. */
  readonly sampled?: boolean;
  readonly exclude?: readonly string[];
  readonly target?: Target;
  readonly method?: RangeMethod;
  readonly opset?: number;
  readonly keepIo?: boolean;
  readonly rounding?: 'output' | 'nearest';
  readonly format?: 'qdq' | 'qoperator';
  readonly bits?: 4 | 8;
  readonly block?: number;
  readonly symmetric?: boolean;
}

export interface Artifact {
  readonly model: Model;
  readonly bytes: Uint8Array;
  readonly report: ModeReport;
  readonly kernels: KernelReport;
  /** Over all float outputs of all samples. */
  readonly sqnr: number;
  /** Outputs for the first sample, of the original and of the artifact. */
  readonly outputs: readonly [ReadonlyMap<string, Tensor>, ReadonlyMap<string, Tensor>];
}

export function contextOf(model: Model, request: Request): ModeContext {
  return {
    target: request.target ?? x86,
    method: request.method ?? minmax,
    samples: sampleSet(request.samples ?? randomSamples(model)),
    exclusions: new Exclusions(request.exclude ?? []),
    opset: request.opset,
    keepIo: request.keepIo ?? true,
    rounding: request.rounding ?? 'output',
    equalize: true,
    sampled: request.sampled ?? request.samples !== undefined,
    format: request.format,
    bits: request.bits ?? 8,
    block: request.block ?? 32,
    symmetric: request.symmetric ?? true,
    threads: 1,
    progress: silentProgress,
    signal: undefined,
  };
}

/**
 * Lets a mode work on a copy of the model, and proves what must hold for every artifact: it is sound, an
 * independent reader reads it, the runtime opens it, inputs and outputs keep names and types, no weight is
 * dequantized at run time, and no constant is stored for nothing.
 */
export async function makeArtifact(original: Model, mode: Mode, request: Request = {}): Promise<Artifact> {
  const samples = request.samples ?? randomSamples(original);
  const model = copyOf(original);
  const sampled = request.sampled ?? request.samples !== undefined;
  const report = await mode.apply(model, contextOf(original, { ...request, samples, sampled }));
  model.irVersion = lowestIrVersion(model);
  verifyModel(model);
  const bytes = encodeModel(model);
  const independent = onnxProto.onnx.ModelProto.decode(bytes);
  expect(independent.graph?.node).toHaveLength(model.graph.nodeCount);
  const unread = [...model.graphs()].flatMap((graph) =>
    [...graph.constants()].filter((value) => value.isUnused && !value.isGraphInput),
  );
  expect(unread.map(({ name }) => name)).toEqual([]);
  const before = await runAll(encodeModel(original), samples);
  const after = await runAll(bytes, samples);
  if (request.keepIo !== false) expect(after.described).toEqual(before.described);
  const kernels = await describeKernels(decodeModel(bytes), samples[0]);
  expect(kernels.dequantized_weights).toEqual([]);
  return {
    model,
    bytes,
    report,
    kernels,
    sqnr: sqnrOf(before.outputs, after.outputs),
    outputs: [before.outputs[0]!, after.outputs[0]!],
  };
}

async function runAll(
  bytes: Uint8Array,
  samples: readonly Feeds[],
): Promise<{ described: object; outputs: Map<string, Tensor>[] }> {
  const session = await openSession(bytes, { threads: 1 });
  try {
    const outputs: Map<string, Tensor>[] = [];
    for (const sample of samples) outputs.push(await session.run(sample));
    const described = {
      inputs: session.inputs.map(({ name, dtype, dims }) => [name, dtype, dims]),
      outputs: session.outputs.map(({ name, dtype }) => [name, dtype]),
    };
    return { described, outputs };
  } finally {
    await session.close();
  }
}

/** 10 log10 of signal over error in float64, the worst of the float outputs; what is no float must be equal. */
export function sqnrOf(
  before: readonly ReadonlyMap<string, Tensor>[],
  after: readonly ReadonlyMap<string, Tensor>[],
): number {
  let worst = Infinity;
  for (const name of before[0]!.keys()) {
    let signal = 0;
    let error = 0;
    before.forEach((outputs, sample) => {
      const expected = outputs.get(name)!;
      const found = after[sample]!.get(name)!;
      expect([name, found.dims]).toEqual([name, expected.dims]);
      const [a, b] = [expected.toNumbers(), found.toNumbers()];
      if (!isFloat(expected.dtype)) {
        expect(Array.from(b)).toEqual(Array.from(a));
        return;
      }
      for (let i = 0; i < a.length; i++) {
        signal += a[i]! ** 2;
        error += (a[i]! - b[i]!) ** 2;
      }
    });
    if (error !== 0) worst = Math.min(worst, 10 * Math.log10(signal / error));
  }
  return worst;
}
